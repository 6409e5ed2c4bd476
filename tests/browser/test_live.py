"""What follows the hand: strips, the painted plane, samples; with and without WebAssembly and a worker."""

import re

import numpy as np
import pytest
import torch
from scipy.stats import norm

from tests.browser.helpers import choose_model, frames, grey_of, settle, wait_for_z, z_of

BIG, FLAT = "mnist-vae-20d", "mnist-vae-2d"
# Moves a slider in each frame, and notes how many frames old the z is that each strip shows. The test makes the frames:
# each lasts until the worker has answered all that it was asked, however slow the machine. Geodesics are searched for
# when nothing else is to be done, so the first answer to one says that all others have come.
DRAG = """async (n) => {
  const slider = document.querySelector("#z-0 [type=range]");
  const box = document.querySelector("#sliders").getBoundingClientRect();
  const strips = [...document.querySelectorAll("#sliders .active .dimension:not(#z-0) canvas")].filter((strip) => {
    const { top, bottom } = strip.getBoundingClientRect();
    return bottom > box.top && top < Math.min(box.bottom, innerHeight);
  });
  const written = [], shown = new Map(strips.map((strip) => [strip, new Set()])), lags = [];
  const { background } = explorer.models, { name, latent_dim } = explorer.model;
  const nowhere = new Float32Array(latent_dim);
  const answered = () => new Promise((resolve) => {
    const cancel = background.geodesic(name, nowhere, nowhere, () => resolve(cancel()));
  });
  const ofBrowser = requestAnimationFrame;
  let waiting = [];
  window.requestAnimationFrame = (fn) => waiting.push(fn);
  for (let k = 0; k < n; k++) {
    await answered();
    for (const fn of waiting.splice(0)) fn(performance.now());
    for (const strip of strips) {
      const at = written.lastIndexOf(strip.dataset.z);
      shown.get(strip).add(strip.dataset.z);
      if (k > 10) lags.push(at < 0 ? n : written.length - 1 - at);
    }
    slider.value = 3 * Math.sin(k / 7);
    slider.dispatchEvent(new Event("input"));
    written.push(document.querySelector("#digit canvas").dataset.z);
    await new Promise(queueMicrotask);
  }
  window.requestAnimationFrame = ofBrowser;
  for (const fn of waiting) requestAnimationFrame(fn);
  slider.dispatchEvent(new Event("change"));
  return { lags, strips: strips.length, shown: Math.min(...[...shown.values()].map((all) => all.size)) };
}"""
STRIPS = """() => [...document.querySelectorAll("#sliders .active .dimension")].map(({ id }) => Number(id.slice(2)))"""


def assert_strips_are_right(page, model, limit=4):
    """Every strip shows the present z."""
    settle(page)
    z = torch.tensor(page.evaluate("Array.from(explorer.z)"))
    strips = page.evaluate(STRIPS)
    assert len(strips) == 14
    for index in strips:  # those that are to be scrolled to as well
        along = z.repeat(9, 1)
        along[:, index] = limit * ((2 * torch.arange(9) + 1) / 9 - 1)
        with torch.no_grad():
            images = model.decode(along).reshape(9, 28, 28).permute(1, 0, 2).reshape(28, 252)
        assert np.abs(grey_of(page, f"#z-{index} canvas") - 255 * images.numpy()).max() <= 1.5


def test_strips_follow_the_drag_and_none_is_left_behind(page, models):
    run = page.evaluate(DRAG, 60)
    assert run["strips"] >= 8 and run["shown"] >= 15  # they do not wait for a rest
    assert max(run["lags"]) <= 3
    assert_strips_are_right(page, models[BIG])


@pytest.mark.parametrize("missing", [r"kernel-fused\.wasm", r"kernel.*\.wasm", r"maths/worker\.js"])
def test_without_webassembly_or_a_worker_it_is_slower_but_right(open_page, models, missing):
    page = open_page(expect_errors=True, before=lambda page: page.route(re.compile(missing), lambda it: it.abort()))
    run = page.evaluate(DRAG, 24)
    assert run["strips"] >= 8 and run["shown"] >= 5
    assert max(run["lags"]) <= 3
    assert_strips_are_right(page, models[BIG])


def test_twenty_changes_of_model_leave_as_much_as_two(open_page):
    page = open_page()
    devtools = page.context.new_cdp_session(page)

    def held():
        settle(page)
        for _ in range(3):  # what finalisers let go of is collected the next time
            devtools.send("HeapProfiler.collectGarbage")
            frames(page, 5)
        usage = devtools.send("Runtime.getHeapUsage")
        return (usage["usedSize"] + usage["backingStorageSize"]) / 1e6

    names = [name for name in page.evaluate("explorer.models.list.map(({ name }) => name)") if name != BIG]
    for name in (FLAT, BIG):
        choose_model(page, name)
    few = held()
    for name in (names * 4)[:19]:
        page.select_option("#model", name)
        page.wait_for_function("name => explorer.model.name === name && explorer.atlas !== null", arg=name)
    choose_model(page, FLAT)
    choose_model(page, BIG)
    assert held() < few + 6


def test_the_samples_follow_random_like_data_and_the_temperature(page, models):
    choose_model(page, FLAT)  # few sliders leave room for them
    page.click("#random")
    settle(page)
    samples = np.array(page.evaluate("explorer.samples(64).map((z) => Array.from(z))"))
    assert samples.shape == (64, 2) and len(np.unique(samples)) == 128
    wait_for_z(page, samples[0])

    def assert_drawn(z):
        with torch.no_grad():
            images = models[FLAT].decode(torch.tensor(z, dtype=torch.float32)).reshape(8, 8, 28, 28)
        expected = 255 * images.permute(0, 2, 1, 3).reshape(224, 224).numpy()
        assert np.abs(grey_of(page, "#samples canvas") - expected).max() <= 1.5

    assert_drawn(samples)
    page.fill("#temperature input[type=number]", "0.5")
    page.press("#temperature input[type=number]", "Tab")
    settle(page)
    nearer = np.array(page.evaluate("explorer.samples(64).map((z) => Array.from(z))"))
    np.testing.assert_allclose(nearer, 0.5 * samples, atol=1e-6)  # the same draws
    assert_drawn(nearer)
    wait_for_z(page, samples[0])  # z stays where it is
    box = page.locator("#samples canvas").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 2.5 / 8, box["y"] + box["height"] * 1.5 / 8)
    wait_for_z(page, nearer[10])
    assert page.locator("#samples .here").is_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    wait_for_z(page, nearer[18])
    page.click("#like-data")
    settle(page)
    assert "like the data" in page.inner_text("#samples .about")
    then = page.evaluate("explorer.samples(64).map((z) => Array.from(z))")
    link = page.evaluate("explorer.link()").split("#")[1]
    page.click("#random")
    page.evaluate("(link) => explorer.restore(link)", link)
    settle(page)
    np.testing.assert_allclose(page.evaluate("explorer.samples(64).map((z) => Array.from(z))"), then)
    assert_drawn(then)


def test_a_flat_model_has_its_manifold_beside_the_sliders_and_a_click_takes_a_cell(page, models):
    assert page.locator("#manifold").is_hidden()  # 20 dimensions have no such picture
    for name, prior in ((FLAT, True), ("mnist-ae-2d", False)):
        choose_model(page, name)
        settle(page)
        mu = np.reshape(page.evaluate("Array.from(explorer.atlas.mu)"), (-1, 2))
        shares = (np.arange(12) + 0.5) / 12
        across, up = norm.ppf(shares)[None].repeat(2, 0) if prior else np.quantile(mu, shares, 0, method="higher").T
        assert ("prior" if prior else "its codes") in page.inner_text("#manifold .about")
        z = np.stack(np.meshgrid(across, up[::-1]), -1).reshape(-1, 2)
        with torch.no_grad():
            images = models[name].decode(torch.tensor(z, dtype=torch.float32)).reshape(12, 12, 28, 28)
        expected = 255 * images.permute(0, 2, 1, 3).reshape(336, 336).numpy()
        assert np.abs(grey_of(page, "#manifold canvas") - expected).max() <= 1.5
        page.locator("#manifold").scroll_into_view_if_needed()
        box = page.locator("#manifold canvas").bounding_box()
        page.mouse.click(box["x"] + box["width"] * 2.5 / 12, box["y"] + box["height"] * 1.5 / 12)
        wait_for_z(page, z[14])
        here = page.locator("#manifold .here").bounding_box()
        assert abs(here["x"] - box["x"] - box["width"] * 2 / 12) < 1
        assert abs(here["y"] - box["y"] - box["height"] / 12) < 1
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        wait_for_z(page, z[27])
        page.keyboard.press("Control+z")  # each is one step, and the mark goes back with it
        wait_for_z(page, z[14])
        settle(page)
        assert page.evaluate("document.activeElement.matches('#manifold canvas')")
        back = page.locator("#manifold .here").bounding_box()
        assert (back["x"], back["y"]) == pytest.approx((here["x"], here["y"]), abs=1)
    page.evaluate("document.activeElement.blur()")
    page.evaluate("explorer.write([1e3, 0])")  # beside it: no image is marked
    settle(page)
    assert page.locator("#manifold .here").is_hidden()
    choose_model(page, BIG)
    assert page.locator("#manifold").is_hidden()


def test_the_painted_plane_bends_while_z_moves_off_it(page):
    page.check("#map [name=digits]", force=True)
    page.wait_for_function("Number(document.querySelector('#map .backdrop').dataset.cells) > 100")
    paints = page.evaluate(
        """async () => {
          const { prototype } = CanvasRenderingContext2D, { drawImage } = prototype;
          let painted = 0, cells = 0;
          prototype.drawImage = function (...args) {
            if (this.canvas.matches(".backdrop")) painted++;
            return drawImage.apply(this, args);
          };
          const slider = document.querySelector("#z-0 [type=range]");
          for (let k = 0; k < 60; k++) {
            await new Promise(requestAnimationFrame);
            slider.value = 2 * Math.sin(k / 9);
            slider.dispatchEvent(new Event("input"));
            cells = Math.max(cells, k > 20 ? Number(document.querySelector("#map .backdrop").dataset.cells) : 0);
          }
          prototype.drawImage = drawImage;
          return { painted, cells };
        }"""
    )
    assert paints["painted"] > 100 and paints["cells"] == 0  # again and again, coarse
    page.wait_for_function("Number(document.querySelector('#map .backdrop').dataset.cells) > 100")  # at rest it is fine
    frames(page)
    assert z_of(page)[0] != 0
