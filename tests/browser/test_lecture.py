"""The lecture's panels: their numbers are the library's, and what one drags in them does what they say."""

import json
import math
import re
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image

from tests.browser.helpers import choose_model, decoded, grey_of, module, pixels_of, settle
from tools.browser import ROOT
from vae import VAE, checkpoint, losses

NAME, PLAIN, FLAT, LECTURES = "mnist-vae-20d", "mnist-ae-20d", "mnist-vae-2d", "mnist-vae-20d-lecture"


NOISE = "return Array.from({ length: 24 }, (_, k) => Array.from(module.gaussian(2, 1, module.seeded(k + 1))))"


@pytest.fixture
def lecture(page):
    page.click("#lecture-button")
    page.wait_for_function("explorer.lecture.now !== null")
    page.wait_for_selector("#lecture-loss[data-total]")
    settle(page)
    return page


def told(page, panel):
    """What a panel says that it shows."""
    data = page.evaluate(f"({{ ...document.querySelector('#lecture-{panel}').dataset }})")
    return {name: json.loads(value) if re.match(r"[-\[{\d]", value) else value for name, value in data.items()}


def original(row, data="mnist"):
    with Image.open(ROOT / "ui" / "originals" / f"{data}.png") as sheet:
        left, top = 28 * (row % 100), 28 * (row // 100)
        return torch.tensor(np.asarray(sheet.crop((left, top, left + 28, top + 28))), dtype=torch.float32) / 255


def choose(page, **state):
    page.evaluate("(state) => explorer.lecture.set(state)", state)
    settle(page)


def posterior(model, x):
    with torch.no_grad():
        mu, logvar = model.encode(x[None])
    return mu[0], logvar[0]


@pytest.mark.hosts
@pytest.mark.parametrize("row", [0, 18])
def test_the_pipelines_show_what_both_models_make_of_the_image(lecture, models, row):
    choose(lecture, row=row)
    x, shown = original(row), told(lecture, "pipelines")
    mu, logvar = posterior(models[NAME], x)
    h, _ = posterior(models[PLAIN], x)
    np.testing.assert_allclose(shown["mu"], mu, atol=1e-3)
    np.testing.assert_allclose(shown["std"], torch.exp(logvar / 2), atol=1e-3)
    np.testing.assert_allclose(shown["h"], h, atol=2e-3)
    z = np.array(shown["mu"]) + np.array(shown["eps"]) * np.array(shown["std"])
    np.testing.assert_allclose(shown["z"], z, atol=1e-3)
    made = "#lecture-pipelines .vae figure:last-child canvas"
    assert np.abs(pixels_of(lecture, made) - 255 * decoded(models[NAME], shown["z"])).max() <= 2
    plain = "#lecture-pipelines .ae figure:last-child canvas"
    assert np.abs(pixels_of(lecture, plain) - 255 * decoded(models[PLAIN], shown["h"])).max() <= 2


def test_a_plane_looks_the_same_however_often_it_is_drawn(lecture):
    board = lecture.locator("#lecture-noise .plane")
    board.scroll_into_view_if_needed()
    board.focus()
    settle(lecture)
    drawn, eps = [], told(lecture, "noise")["eps"]
    for _ in range(2):
        drawn.append(grey_of(lecture, "#lecture-noise .plane"))
        for key in ("ArrowRight", "ArrowLeft"):
            lecture.keyboard.press(key)
            settle(lecture)
    assert told(lecture, "noise")["eps"] == pytest.approx(eps, abs=1e-3)
    assert (np.abs(drawn[1] - drawn[0]) > 60).mean() < 1e-3  # lines were as thick as the arrow then


def test_noise_is_drawn_anew_by_hand_and_not_at_all(lecture):
    before = told(lecture, "noise")
    lecture.click("#lecture-noise .again")
    settle(lecture)
    after = told(lecture, "noise")
    assert after["mu"] == before["mu"] and after["eps"] != before["eps"]
    board = lecture.locator("#lecture-noise .plane")
    board.scroll_into_view_if_needed()
    box = board.bounding_box()
    place = (box["x"] + 0.4 * box["width"], box["y"] + 0.6 * box["height"])
    lecture.mouse.move(place[0] + 20, place[1])
    lecture.mouse.down()
    lecture.mouse.move(*place, steps=4)
    lecture.mouse.up()
    settle(lecture)
    drawn = told(lecture, "noise")
    np.testing.assert_allclose(drawn["z"], np.array(drawn["mu"]) + np.multiply(drawn["eps"], drawn["std"]), atol=2e-3)
    for k, i in enumerate(drawn["dims"]):
        there = (0.4 * 2 - 1) * drawn["reach"] if k == 0 else (1 - 0.6 * 2) * drawn["reach"]
        reached = drawn["mu"][i] + 6 * np.sign(there - drawn["mu"][i]) * drawn["std"][i]
        expected = reached if abs(there - drawn["mu"][i]) > 6 * drawn["std"][i] else there
        assert drawn["z"][i] == pytest.approx(expected, abs=0.05)
    lecture.click("#lecture-pipelines .zero")
    settle(lecture)
    still = told(lecture, "noise")
    assert not any(still["eps"]) and still["z"] == still["mu"]


def test_a_posterior_too_small_to_be_seen_is_shown_enlarged_and_z_can_be_dragged_there(lecture):
    page = lecture
    assert page.get_attribute("#lecture-noise", "data-lens") == ""  # 20 dimensions have wide posteriors
    page.select_option("#model", FLAT)
    page.wait_for_function("(name) => explorer.lecture.now?.vae.name === name", arg=FLAT)
    page.locator("#lecture-noise .plane").scroll_into_view_if_needed()
    page.wait_for_selector("#lecture-noise[data-lens^='{']")
    lens = told(page, "noise")["lens"]
    std = np.array(told(page, "noise")["std"])
    assert lens["scale"] * std.max() == pytest.approx(lens["side"] / 7, rel=1e-2)
    box = page.locator("#lecture-noise .plane").bounding_box()
    middle = (box["x"] + 1 + lens["left"] + lens["side"] / 2, box["y"] + 1 + lens["top"] + lens["side"] / 2)
    page.mouse.move(middle[0], middle[1])
    page.mouse.down()
    page.mouse.move(middle[0] + 20, middle[1] - 10, steps=3)
    page.mouse.up()
    settle(page)
    drawn = told(page, "noise")
    expected = np.array([20, 10]) / lens["scale"] / std
    np.testing.assert_allclose(drawn["eps"], expected, atol=1.5 / lens["scale"] / std.min())
    page.select_option("#model", "mnist-vae-2d-beta0")  # a posterior that its mean swallows: mu + eps * std is mu
    page.wait_for_function("explorer.lecture.now?.vae.name === 'mnist-vae-2d-beta0'")
    choose(page, row=40)
    std = np.array(told(page, "noise")["std"])
    before = grey_of(page, "#lecture-noise .plane")
    board = page.locator("#lecture-noise .plane")
    board.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    settle(page)
    assert std.max() < 1e-3 and (np.abs(grey_of(page, "#lecture-noise .plane") - before) > 60).sum() > 20
    choose(page, row=0)
    page.select_option("#model", NAME)
    page.wait_for_function("(name) => explorer.lecture.now?.vae.name === name", arg=NAME)


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_the_loss_adds_up_to_the_librarys_terms(lecture, models, likelihood):
    choose(lecture, row=7, beta=2.5, likelihood=likelihood)
    shown, x = told(lecture, "loss"), original(7).reshape(1, -1)
    mu, logvar = (part[None] for part in posterior(models[NAME], original(7)))
    z = torch.tensor([told(lecture, "pipelines")["z"]])
    with torch.no_grad():
        logits = models[NAME].logits(z)
        if likelihood == "bernoulli":
            reconstruction = losses.bernoulli(x, logits).item()
        else:
            reconstruction = losses.gaussian(x, torch.sigmoid(logits)).item()
        kl = losses.kl(mu, logvar)[0]
    assert shown["reconstruction"] == pytest.approx(reconstruction, rel=2e-3)  # z is told with four decimals
    np.testing.assert_allclose(shown["klPerDim"], kl, atol=2e-3)
    assert shown["kl"] == pytest.approx(kl.sum().item(), rel=1e-3)
    assert shown["total"] == pytest.approx(shown["reconstruction"] + 2.5 * shown["kl"], abs=1e-3)
    lecture.eval_on_selector(
        "#lecture-loss .beta", "(slider) => { slider.value = 0; slider.dispatchEvent(new Event('input')) }"
    )
    settle(lecture)
    free = told(lecture, "loss")
    assert free["beta"] == 0 and free["total"] == pytest.approx(free["reconstruction"], abs=1e-3)


def test_the_variance_of_each_dimension_lies_on_the_curve(lecture, models):
    mu, logvar = posterior(models[NAME], original(0))
    kl = losses.kl(mu[None], logvar[None])[0]
    order = kl.argsort(descending=True).tolist()
    choose(lecture, row=0)
    for rank in (0, 5, 19):
        choose(lecture, dimension=rank)
        shown = told(lecture, "variance")
        assert kl[shown["dimension"]] == pytest.approx(kl[order[rank]].item(), abs=1e-3)
        assert shown["v"] == pytest.approx(logvar[shown["dimension"]].exp().item(), abs=1e-3)
        assert shown["mu"] == pytest.approx(mu[shown["dimension"]].item(), abs=1e-3)
        v, m = shown["v"], shown["mu"]
        assert shown["kl"] == pytest.approx((v - np.log(v) - 1) / 2 + m * m / 2, abs=2e-2)


def test_another_language_keeps_the_bubble_and_the_model_that_were_chosen(fresh_page):
    page = fresh_page
    page.click("#lecture-button")
    page.locator("#lecture-bubbles .plane").scroll_into_view_if_needed()
    page.wait_for_selector("#lecture-bubbles[data-row]")
    page.check("#lecture-bubbles [value='mnist-vae-2d-beta0.5']", force=True)
    page.wait_for_selector("#lecture-bubbles[data-model='mnist-vae-2d-beta0.5']")
    page.focus("#lecture-bubbles .plane")
    page.keyboard.press("ArrowRight")
    settle(page)
    row = page.get_attribute("#lecture-bubbles", "data-row")
    page.click("#language")
    page.wait_for_selector("[data-language=zh] #lecture-bubbles[data-model='mnist-vae-2d-beta0.5']")
    page.wait_for_selector(f"#lecture-bubbles[data-row='{row}']")


@pytest.mark.parametrize("name", ["mnist-vae-2d-beta0", "mnist-vae-2d-beta0.1", FLAT, "mnist-vae-2d-beta4"])
def test_bubbles_show_the_forces_and_one_that_is_let_go_gains(lecture, models, checkpoints, name):
    lecture.wait_for_selector("#lecture-bubbles[data-row]")
    lecture.check(f"#lecture-bubbles [value='{name}']", force=True)
    lecture.wait_for_selector(f"#lecture-bubbles[data-model='{name}']")
    settle(lecture)
    shown, metrics = told(lecture, "bubbles"), checkpoint.read_card(checkpoints / name).metrics
    for side in ("push", "pull", "shrink", "grow"):
        assert shown[side] == pytest.approx(metrics["balance"][side], abs=1e-3)
    through = sum("push" in record for record in metrics["history"])
    assert shown["means"] == shown["widths"] == through
    assert lecture.is_visible("#lecture-bubbles .through") == bool(through)
    assert abs(shown["shrink"] - shown["grow"]) < 0.05 * shown["grow"] + 0.1
    model, x = models[name], original(shown["row"]).reshape(1, -1)
    mu, logvar = posterior(model, original(shown["row"]))
    np.testing.assert_allclose(shown["mu"], mu, rtol=1e-3, atol=5e-3)  # the atlas has half precision
    mu, log_std = torch.tensor(shown["mu"]).requires_grad_(), (logvar / 2).requires_grad_()
    eps = torch.tensor(module(lecture, "maths/latent", NOISE))
    z = mu + torch.exp(log_std) * eps
    terms = model.reconstruction(x.expand(len(z), -1), model.logits(z))
    slope, widening = torch.autograd.grad(terms.mean(), (mu, log_std))
    np.testing.assert_allclose(shown["force"], -slope, rtol=0.02, atol=0.05)
    (pulled,) = torch.autograd.grad(losses.kl(mu, 2 * log_std).sum(), log_std)
    shrink, grow = shown["size"]
    np.testing.assert_allclose(shrink, -widening, rtol=0.02, atol=0.02)
    np.testing.assert_allclose(grow, -metrics["training"]["beta"] * pulled, atol=5e-3)
    lecture.click("#lecture-bubbles .go")
    lecture.wait_for_function("Number(document.querySelector('#lecture-bubbles').dataset.gain) > 0")
    gone = told(lecture, "bubbles")  # while it moves on
    assert gone["loss"] < shown["loss"] and gone["gain"] == pytest.approx(shown["loss"] - gone["loss"], abs=2e-3)
    lecture.click("#lecture-bubbles .back")
    is_back = "(loss) => Math.abs(Number(document.querySelector('#lecture-bubbles').dataset.loss) - loss) < 1e-3"
    lecture.wait_for_function(is_back, arg=shown["loss"])


def test_samples_of_both_models_stand_beside_each_other_and_go_through_the_epochs(lecture, checkpoints):
    lecture.wait_for_selector("#lecture-samples figure:nth-child(4)")
    grids = lecture.evaluate(
        "[...document.querySelectorAll('#lecture-samples .grids figure')].map(({ dataset }) => ({ ...dataset }))"
    )
    assert [(grid["model"], grid["source"]) for grid in grids] == [
        (name, source) for name in (NAME, PLAIN) for source in ("prior", "data")
    ]
    for grid in grids:
        readable = checkpoint.read_card(checkpoints / grid["model"]).metrics["readable"]
        assert float(grid["readable"]) == pytest.approx(readable[grid["source"]], abs=1e-4)
    last = told(lecture, "samples")["epoch"]
    to_the_start(lecture, "#lecture-samples .epochs [type=range]")
    assert told(lecture, "samples")["epoch"] == 0 < last


def to_the_start(page, selector):
    page.eval_on_selector(selector, "(slider) => { slider.value = 0; slider.dispatchEvent(new Event('input')) }")


def test_each_moment_of_the_samples_says_how_many_can_be_read(lecture, checkpoints):
    page = lecture
    for chosen in (NAME, LECTURES):
        page.select_option("#model", chosen)
        page.wait_for_selector(f"#lecture-samples .moments [data-model='{chosen}']")
        moments = {
            name: {moment["epoch"]: moment for moment in checkpoint.read_card(checkpoints / name).metrics["moments"]}
            for name in (chosen, PLAIN)
        }
        steps = int(page.get_attribute("#lecture-samples .epochs [type=range]", "max"))
        assert steps == len(moments[chosen]) - 1
        for k in (0, steps // 2, steps):
            page.eval_on_selector(
                "#lecture-samples .epochs [type=range]",
                "(slider, k) => { slider.value = k; slider.dispatchEvent(new Event('input')) }",
                k,
            )
            epoch = told(page, "samples")["epoch"]
            for name, own in moments.items():
                shown = page.locator(f"#lecture-samples .moments [data-model='{name}']")
                moment = own[max(one for one in own if one <= epoch)]
                assert int(shown.get_attribute("data-epoch")) == moment["epoch"]
                assert int(shown.get_attribute("data-frame")) == moment["frame"]
                told_share = shown.get_attribute("data-readable")
                assert float(told_share or -1) == moment.get("readable", -1)
                share = f"{math.floor(100 * moment.get('readable', 0) + 0.5)} %"
                in_words = share if told_share else f"{moment['frame']} of these 16"
                assert in_words in shown.get_attribute("aria-label")
        is_measured = any("readable" in one for own in moments.values() for one in own.values())
        assert page.is_visible("#lecture-samples .shares") == is_measured
    page.select_option("#model", NAME)
    page.wait_for_function("(name) => explorer.lecture.now?.vae.name === name", arg=NAME)


def test_a_morph_in_the_vae_in_the_autoencoder_and_in_pixels(lecture, models):
    lecture.wait_for_selector("#lecture-morph[data-ends]")
    lecture.click("#lecture-morph .presets button:nth-child(2)")  # the lecture's own: 3 to 8
    choose(lecture, t=0.3)
    rows = told(lecture, "morph")["ends"]
    a, b = (original(row) for row in rows)
    for kind, name in (("vae", NAME), ("ae", PLAIN)):
        codes = [posterior(models[name], x)[0] for x in (a, b)]
        expected = 255 * decoded(models[name], torch.lerp(*codes, 0.3).numpy())
        assert np.abs(pixels_of(lecture, f"#lecture-morph .{kind} .image") - expected).max() <= 2
    faded = 255 * (0.7 * a + 0.3 * b).ravel()
    assert np.abs(pixels_of(lecture, "#lecture-morph .fade .image") - faded.numpy()).max() <= 1


def test_the_projection_goes_through_the_training(lecture):
    lecture.wait_for_selector("#lecture-projection[data-epoch]")
    last = told(lecture, "projection")["epoch"]
    to_the_start(lecture, "#lecture-projection [type=range]")
    settle(lecture)
    assert told(lecture, "projection")["epoch"] == 0 < last
    lecture.click("#lecture-projection .play")
    lecture.wait_for_function("Number(document.querySelector('#lecture-projection').dataset.epoch) > 0.5")
    lecture.click("#lecture-projection .play")


def test_the_projection_of_the_lecture_s_model_has_every_epoch_and_t_sne_of_three(lecture, checkpoints):
    page = lecture
    page.wait_for_selector("#lecture-projection[data-epoch]")
    page.select_option("#lecture-projection .model", FLAT)  # its codes are a plane
    page.wait_for_selector(f"#lecture-projection[data-model='{FLAT}']")
    settle(page)
    assert page.is_hidden("#lecture-projection .unfolded")
    page.select_option("#lecture-projection .model", LECTURES)
    page.wait_for_selector(f"#lecture-projection[data-model='{LECTURES}'][data-unfolded='[0,5,10]']")
    atlas = checkpoint.read_atlas(checkpoints / LECTURES)
    assert atlas["snapshot_epochs"].tolist() == list(range(11))
    assert page.get_attribute("#lecture-projection [type=range]", "max") == "10"
    canvases = page.locator("#lecture-projection .unfolded canvas")
    assert canvases.count() == 3
    painted = """(canvas) => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return data.filter((value, i) => i % 4 === 3 && value > 0).length;
    }"""
    for k in range(3):
        canvases.nth(k).scroll_into_view_if_needed()
        assert canvases.nth(k).evaluate(painted) > 2000  # of 2,500 codes, some of which lie over each other
    page.select_option("#lecture-projection .model", NAME)
    page.wait_for_selector(f"#lecture-projection[data-model='{NAME}'][data-unfolded='[0,5,10]']")


@pytest.mark.hosts
def test_the_lab_learns_stops_steps_and_begins_again(lecture):
    page = lecture
    page.locator("#lecture-lab .play").scroll_into_view_if_needed()
    page.select_option("#lecture-lab .hidden", "100")
    page.wait_for_selector("#lecture-lab[data-loss]")
    first = told(page, "lab")
    assert first["epoch"] == 0 and first["step"] == 0 and 500 < first["loss"] < 600  # 784 pixels, log 2 each
    page.click("#lecture-lab .play")
    page.wait_for_function(f"Number(document.querySelector('#lecture-lab').dataset.loss) < {0.5 * first['loss']}")
    page.click("#lecture-lab .pause")
    page.wait_for_selector("#lecture-lab[data-playing=false]")
    paused = told(page, "lab")
    page.click("#lecture-lab .step")
    page.wait_for_function(f"Number(document.querySelector('#lecture-lab').dataset.step) === {paused['step'] + 1}")
    page.eval_on_selector(
        "#lecture-lab .beta", "(slider) => { slider.value = 4; slider.dispatchEvent(new Event('input')) }"
    )
    page.click("#lecture-lab .play")  # a change in the middle
    page.wait_for_function(f"Number(document.querySelector('#lecture-lab').dataset.step) > {paused['step'] + 20}")
    page.click("#lecture-lab .pause")
    page.click("#lecture-lab .reset")
    page.wait_for_selector("#lecture-lab[data-step='0'][data-loss]")
    assert told(page, "lab")["loss"] == pytest.approx(first["loss"], abs=1e-3)  # the same seed
    page.select_option("#lecture-lab .kind", "ae")
    page.wait_for_selector("#lecture-lab[data-loss]")
    assert told(page, "lab")["loss"] != first["loss"]
    page.select_option("#lecture-lab .kind", "vae")


def test_two_labs_learn_from_the_same_batches_beside_each_other(lecture):
    page = lecture
    page.locator("#lecture-lab .play").scroll_into_view_if_needed()
    page.select_option("#lecture-lab .hidden", "100")
    page.wait_for_selector("#lecture-lab[data-step='0'][data-loss]")
    page.evaluate("explorer.training.set({ betas: [1, 0] })")
    page.check("#lecture-lab .beside")
    page.wait_for_selector("#lecture-lab[data-step='0'][data-beside-loss]:not([data-beside-loss=''])")
    begun = told(page, "lab")
    assert begun["besideLoss"] == pytest.approx(begun["loss"], abs=1e-3)  # the same first weights
    beside = page.locator("#lecture-lab .learner").nth(1)
    page.click("#lecture-lab .step")
    page.wait_for_selector("#lecture-lab[data-step='1']")
    first = told(page, "lab")
    assert first["besideBatchLoss"] == pytest.approx(first["batchLoss"], abs=1e-3)  # the same batch, the same eps
    page.click("#lecture-lab .play")
    page.wait_for_function("Number(document.querySelector('#lecture-lab').dataset.step) > 80")
    page.click("#lecture-lab .pause")
    page.wait_for_selector("#lecture-lab[data-playing=false]")
    learned = told(page, "lab")
    assert learned["besideBatchLoss"] != learned["batchLoss"]  # beta 1 beside beta 0
    assert learned["pull"] > 0 and learned["grow"] > 0
    page.eval_on_selector(
        "#lecture-lab .beta", "(slider) => { slider.value = 2; slider.dispatchEvent(new Event('input')) }"
    )
    page.wait_for_function(
        "(pull) => Math.abs(Number(document.querySelector('#lecture-lab').dataset.pull) - pull) < 1e-3",
        arg=2 * learned["pull"],
    )
    beside.locator(".kind").select_option("ae")
    page.wait_for_selector("#lecture-lab[data-step='0'][data-beside-loss]:not([data-beside-loss=''])")
    assert beside.locator(".beta").is_disabled() and beside.locator(".balance").is_hidden()
    page.uncheck("#lecture-lab .beside")
    page.wait_for_selector("#lecture-lab[data-step='0'][data-loss][data-beside-loss='']")
    assert page.locator("#lecture-lab .learner").count() == 1


def test_a_lab_goes_on_while_the_page_changes_its_language(lecture):
    page = lecture
    page.locator("#lecture-lab .play").scroll_into_view_if_needed()
    page.select_option("#lecture-lab .hidden", "100")
    page.wait_for_selector("#lecture-lab[data-step='0'][data-loss]")
    page.eval_on_selector(
        "#lecture-lab .beta", "(slider) => { slider.value = 3; slider.dispatchEvent(new Event('input')) }"
    )
    page.click("#lecture-lab .play")
    page.wait_for_function("Number(document.querySelector('#lecture-lab').dataset.step) > 20")
    before = told(page, "lab")["step"]
    page.click("#language")
    page.wait_for_selector("[data-language=zh]")
    page.wait_for_function(
        "(step) => Number(document.querySelector('#lecture-lab').dataset.step) > step", arg=before + 20
    )
    assert page.locator("#lecture-lab .pause").is_enabled()
    assert page.input_value("#lecture-lab .beta") == "3" and page.input_value("#lecture-lab .hidden") == "100"
    page.click("#lecture-lab .pause")
    page.wait_for_selector("#lecture-lab[data-playing=false]")
    page.click("#language")
    page.wait_for_selector("[data-language=en]")
    page.wait_for_selector("#lecture-lab[data-playing=false]")
    assert told(page, "lab")["step"] >= before + 20


def test_one_s_model_is_explored_and_taken_away_right_after_each_other(fresh_page):
    page = fresh_page
    page.click("#lecture-button")
    page.locator("#lecture-lab .play").scroll_into_view_if_needed()
    page.select_option("#lecture-lab .hidden", "100")
    page.wait_for_selector("#lecture-lab[data-step='0'][data-loss]")
    press = """() => {
      for (const name of ["explore", "folder"]) document.querySelector(`#lecture-lab .${name}`).click();
    }"""
    with page.expect_download() as waiting:
        page.evaluate(press)
    assert waiting.value.suggested_filename == "yours.zip"
    page.wait_for_selector("#explore:not([hidden])")
    page.wait_for_selector("#map .plot[data-model='yours']")


@pytest.mark.hosts
def test_the_lab_s_model_is_explored_like_the_others_and_taken_away(fresh_page, host, tmp_path):
    """Of either kind, each on one of the hosts."""
    page, kind = fresh_page, {"gradio": "vae", "static": "ae"}[host]
    page.click("#lecture-button")
    page.locator("#lecture-lab .play").scroll_into_view_if_needed()
    page.select_option("#lecture-lab .hidden", "100")
    page.select_option("#lecture-lab .kind", kind)
    page.wait_for_selector("#lecture-lab[data-loss]")
    page.click("#lecture-lab .play")
    page.wait_for_function("Number(document.querySelector('#lecture-lab').dataset.step) > 60")
    page.click("#lecture-lab .pause")
    page.wait_for_selector("#lecture-lab[data-playing=false]")
    with page.expect_download() as waiting:
        page.click("#lecture-lab .folder")
    waiting.value.save_as(tmp_path / "yours.zip")
    with zipfile.ZipFile(tmp_path / "yours.zip") as archive:
        archive.extractall(tmp_path)
    model = VAE.from_pretrained(tmp_path / "yours")
    assert model.latent_dim == 2
    page.click("#lecture-lab .explore")
    page.wait_for_selector("#explore:not([hidden])")
    page.wait_for_selector("#map .plot[data-model='yours'][data-points='10000']")
    assert "trained by you" in page.locator("#model option:checked").inner_text()
    page.click("#random")
    settle(page)
    z = page.evaluate("Array.from(explorer.z)")
    np.testing.assert_allclose(pixels_of(page), 255 * decoded(model, z), atol=1.5)
    x = torch.tensor(page.evaluate("Array.from(explorer.models.originals.image('mnist', 3))"))
    with torch.no_grad():
        mu, _ = model.encode(x[None])
    np.testing.assert_allclose(page.evaluate("Array.from(explorer.atlas.mu.slice(6, 8))"), mu[0], atol=1e-3)
    page.click("#like-data")
    page.click("#morph-button")
    page.click("#lecture-button")
    page.wait_for_selector("#lecture-pipelines[data-z]")
    page.click("#models-tab-button")
    assert page.locator("#models tr[data-model=yours] button[aria-current=true]").count() == 1
    page.click("#about .open")
    page.wait_for_selector("#about dialog[open] .facts >> text=lab")
    page.keyboard.press("Escape")
    page.click("#explore-button")
    choose_model(page, NAME)
    choose_model(page, "yours")
    assert page.evaluate("explorer.problem") is None
    assert page.locator("#map [name=training]").is_disabled()
    codes = "(x) => Array.from(explorer.encoders.codes(Float32Array.from(x), explorer.model).yours)"
    page.evaluate("explorer.encoders.open(explorer.model)")
    before = page.evaluate(codes, x.tolist())
    page.click("#lecture-button")
    page.click("#lecture-lab .step")
    page.wait_for_function("Number(document.querySelector('#lecture-lab').dataset.step) > 60")
    page.fill("#lecture-lab .seed", "2")
    page.keyboard.press("Tab")
    page.wait_for_selector("#lecture-lab[data-step='0'][data-loss]")
    page.click("#lecture-lab .explore")  # another one takes its place
    page.wait_for_selector("#explore:not([hidden])")
    page.evaluate("explorer.encoders.open(explorer.model)")
    assert np.abs(np.subtract(page.evaluate(codes, x.tolist()), before)).max() > 1e-3


def test_an_image_of_ones_own_goes_through_the_lecture_and_into_a_link(lecture, models):
    page = lecture
    board = page.locator("#lecture-image .board")
    board.scroll_into_view_if_needed()
    box = board.bounding_box()
    places = [
        (box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in ((0.3, 0.2), (0.7, 0.2), (0.5, 0.8))
    ]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=5)
    page.mouse.up()
    settle(page)
    x = torch.tensor(page.evaluate("Array.from(explorer.lecture.image)"))
    mu, _ = posterior(models[NAME], x)
    np.testing.assert_allclose(told(page, "pipelines")["mu"], mu, atol=1e-3)
    link = page.evaluate("explorer.link()")
    z = told(page, "pipelines")["z"]
    page.click("#lecture-image .take")
    page.wait_for_selector("#explore:not([hidden])")
    np.testing.assert_allclose(page.evaluate("Array.from(explorer.z)"), z, atol=1e-3)
    page.evaluate("(link) => explorer.restore(link.split('#')[1])", link)
    page.wait_for_selector("#lecture:not([hidden])")
    settle(page)
    np.testing.assert_allclose(told(page, "pipelines")["mu"], mu, atol=2e-2)  # a link has 256 shades


def test_a_plain_model_and_clothes_have_a_lecture_too(lecture):
    page = lecture
    for name, vae in ((PLAIN, NAME), ("fashion-vae-20d", "fashion-vae-20d")):
        page.select_option("#model", name)
        page.wait_for_function("(name) => explorer.lecture.now?.vae.name === name", arg=vae)
        settle(page)
        assert page.is_visible("#lecture-loss .heat")
    page.select_option("#model", NAME)
    page.wait_for_function("(name) => explorer.lecture.now?.vae.name === name", arg=NAME)


@pytest.mark.parametrize("width", [1920, 390])
def test_nothing_of_the_lecture_is_cut_off(open_page, width):
    page = open_page("#model=mnist-vae-20d&tab=lecture", width=width, height=900, locale="zh-CN", ready=False)
    page.wait_for_function("window.explorer?.lecture.now !== null")
    page.wait_for_selector("#lecture-morph[data-ends]")
    settle(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    outside = page.evaluate(
        """() => [...document.querySelectorAll("#lecture :is(p, button, label, canvas, select)")]
          .filter((one) => one.getClientRects().length && one.getBoundingClientRect().right > innerWidth + 1)
          .map((one) => one.className || one.tagName)"""
    )
    assert outside == []
    planes = page.evaluate(
        """() => [...document.querySelectorAll("#lecture .plane")].map((one) => one.getBoundingClientRect())
          .map(({ width, height }) => [width, height])"""
    )
    assert len(planes) == 4 and all(abs(across - down) < 1 for across, down in planes)  # both axes have one scale


def test_a_switch_that_is_on_looks_other_than_one_that_is_off(lecture):
    switch = lecture.locator("#lecture-lab .slow")
    lecture.evaluate("document.activeElement.blur()")
    off = switch.screenshot()
    lecture.evaluate("explorer.training.set({ slow: true })")
    on = switch.screenshot()
    lecture.evaluate("explorer.training.set({ slow: false })")
    assert on != off


def test_a_tab_that_is_left_from_far_down_is_found_there_again(lecture):
    page = lecture
    page.evaluate("document.querySelector('#lecture-lab').scrollIntoView()")
    there = page.evaluate("scrollY")
    assert there > 1000
    page.evaluate("explorer.setTab('explore')")
    settle(page)
    box = page.locator("#explore-button").bounding_box()
    assert 0 <= box["y"] < 400  # the other tab is seen from its start
    page.click("#lecture-button")
    settle(page)
    assert page.evaluate("scrollY") == pytest.approx(there, abs=60)
    page.evaluate("scrollTo(0, 0)")
    page.click("#explore-button")
    page.click("#lecture-button")
    assert page.evaluate("scrollY") == 0  # left from where the tabs are seen


@pytest.mark.hosts
def test_formulas_are_typeset_and_pointing_at_a_part_lights_what_it_stands_for(lecture):
    lecture.wait_for_selector("#lecture-loss[data-total]")
    lecture.wait_for_selector("#lecture-loss .tex.set >> nth=0")
    for panel, count in (("noise", 1), ("loss", 4), ("variance", 1)):
        assert lecture.locator(f"#lecture-{panel} .tex.set .katex-html").count() == count
    assert lecture.locator("#lecture .katex-error").count() == 0  # also: gr.HTML keeps backslashes
    assert lecture.evaluate("document.fonts.load('16px KaTeX_Main').then((fonts) => fonts.length)") == 1
    formula = "#lecture-loss .formula.bernoulli"
    lecture.hover(f"{formula} [data-lights='.heat']", position={"x": 4, "y": 8})
    assert lecture.locator("#lecture-loss .heat.lit").count() == 1
    assert lecture.locator("#lecture-loss .bars.lit").count() == 0
    lecture.hover(f"{formula} [data-lights='.weight']")
    assert lecture.locator("#lecture-loss .heat.lit").count() == 0
    for name in (".bars", ".weight"):  # it stands within the other
        assert lecture.locator(f"#lecture-loss {name}.lit").count() == 1
    lecture.mouse.move(2, 2)
    assert lecture.locator("#lecture-loss .lit").count() == 0


def test_formulas_are_shown_as_tex_where_what_typesets_them_does_not_come(open_page):
    page = open_page(expect_errors=True)
    page.route("**/katex.min.js*", lambda route: route.abort())
    page.click("#lecture-button")
    page.wait_for_selector("#lecture-noise .tex.plain")
    assert r"z = \mu + \varepsilon \odot \sigma" in page.inner_text("#lecture-noise .tex")
    page.unroute("**/katex.min.js*")
    page.click("#explore-button")
    page.click("#lecture-button")  # shown again, they are typeset
    page.wait_for_selector("#lecture-noise .tex.set .katex-html")


def test_another_dataset_while_a_bubble_moves_ends_it(lecture):
    page = lecture
    page.wait_for_selector("#lecture-bubbles[data-row]")
    page.click("#lecture-bubbles .go")
    page.wait_for_function("Number(document.querySelector('#lecture-bubbles').dataset.gain) > 0")
    page.select_option("#model", "fashion-vae-20d")
    page.wait_for_selector("#lecture-bubbles .figure", state="hidden")
    settle(page)  # a frame that moves the bubble on would be an error
    page.select_option("#model", NAME)
    page.wait_for_selector("#lecture-bubbles .figure", state="visible")


def test_the_pipelines_tell_the_numbers_of_the_dimension_that_is_pointed_at(lecture):
    lecture.wait_for_selector("#lecture-pipelines[data-z]")
    bars = lecture.locator("#lecture-pipelines .vae canvas.bars").nth(1)
    bars.scroll_into_view_if_needed()
    bars.hover(position={"x": 132 * 7.5 / 20, "y": 30})
    settle(lecture)
    shown = told(lecture, "pipelines")
    numbers = [f"{shown[name][7]:.2f}".replace("-", "−") for name in ("mu", "std", "z")]
    text = lecture.inner_text("#lecture-pipelines .numbers")
    assert "dimension 7" in text and all(number in text for number in numbers)
