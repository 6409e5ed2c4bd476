"""The command line: one command writes a whole checkpoint; what is wrong is said in a sentence."""

import json
import multiprocessing
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import torch

import train
from tools import family
from vae import checkpoint, data, evaluation, resume, trainer
from vae.card import model_card
from vae.model import VAE, VAEConfig

SMALL = ["--encoder", "16", "--warp", "8", "--decoder", "16", "--batch", "64", "--quiet", "--device", "cpu"]


@pytest.fixture
def arguments(small_mnist, tmp_path):
    folders = ["--data", str(small_mnist), "--out", str(tmp_path / "out"), "--runs", str(tmp_path / "runs")]
    return [*SMALL, *folders]


def test_one_command_writes_a_whole_checkpoint(arguments, tmp_path, capsys):
    status = train.main(["--name", "mnist-vae-3d-test", "--epochs", "2", "--beta", "0.5", *arguments])
    assert status == 0
    folder = tmp_path / "out" / "mnist-vae-3d-test"
    model, card, atlas = checkpoint.load(folder), checkpoint.read_card(folder), checkpoint.read_atlas(folder)
    assert model.latent_dim == 3
    assert atlas["mu"].shape == (128, 3)
    assert len(card.metrics["history"]) == 2
    assert card.metrics["training"]["beta"] == 0.5
    assert [moment["epoch"] for moment in card.metrics["moments"]] == [0, 1, 2]
    assert card.metrics["balance"]["images"] == 512 and card.metrics["balance"]["pull"] > 0
    assert all(record["pull"] > 0 for record in card.metrics["history"])
    assert atlas["snapshot_tsne_epochs"].tolist() == [0]
    assert atlas["snapshot_tsne"].shape == (1, 128, 2)
    assert card.metrics["command"] == (
        "python train.py --name mnist-vae-3d-test --encoder 16 --warp 8 --decoder 16 --epochs 2 --batch 64 --beta 0.5"
    )
    readme = (folder / "README.md").read_text()
    assert card.metrics["command"] in readme
    assert f"{card.figures['nelbo']:.2f}" in readme
    assert str(tmp_path) not in readme + json.dumps(card.metrics)
    assert "on the test images -ELBO" in capsys.readouterr().out
    assert not list((tmp_path / "runs").iterdir())


def test_the_atlas_projects_the_codes(arguments, tmp_path, small_mnist):
    assert train.main(["--name", "mnist-vae-4d", "--epochs", "1", *arguments]) == 0
    atlas = checkpoint.read_atlas(tmp_path / "out" / "mnist-vae-4d")
    expected = (atlas["mu"].astype("float64") - atlas["center"]) @ atlas["axes"].T
    assert abs(expected - atlas["plane"]).max() < 0.02  # half precision
    assert sorted(set(atlas["labels"])) == list(range(10))


def test_the_same_seed_gives_the_same_weights(arguments, tmp_path):
    hashes = []
    for _ in range(2):
        assert train.main(["--name", "mnist-vae-2d", "--epochs", "1", "--seed", "3", *arguments]) == 0
        hashes.append(checkpoint.read_card(tmp_path / "out" / "mnist-vae-2d").metrics["sha256"])
    assert hashes[0] == hashes[1]


# Runs in processes of their own


def command_line(argv: list[str], environment: dict[str, str], errors: str, interrupted: Path | None) -> None:
    """What `python train.py` does; the errors go to a file. Ctrl-C comes as soon as there is a file `interrupted`, from
    within, so that a busy machine that stops one stops the other as well."""

    def interrupt():
        while not interrupted.exists():
            time.sleep(0.001)
        os.kill(os.getpid(), signal.SIGINT)

    if interrupted:
        threading.Thread(target=interrupt, daemon=True).start()
    os.environ.update(environment)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # as train.py does: shells let what runs behind ignore it
    torch.set_num_threads(1)  # as in conftest.py: sums in the same order give the same weights
    with open(errors, "w") as file:
        os.dup2(file.fileno(), 2)
        sys.exit(train.main(argv))


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """A function that starts a command line in a new process, forked from one in which torch is imported already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["train"])

    def start(argv, interrupted=None, **environment):
        errors = tmp_path_factory.mktemp("process") / "errors"
        process = context.Process(target=command_line, args=(argv, environment, str(errors), interrupted))
        process.errors = errors
        process.start()
        return process

    return start


def wait_for_epochs(state, n, process):
    """Until the state of so many epochs is on disk; returns their number."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.is_alive():
        if state.exists() and (done := len(torch.load(state, weights_only=True)["history"])) >= n:
            return done
        process.join(0.05)  # reading all the time would take a processor from it
    pytest.fail(process.errors.read_text())


DISTURBED = ["--name", "mnist-vae-2d", "--epochs", "30"]


@pytest.fixture(scope="module")
def undisturbed():
    """A function that gives the hash of the weights of DISTURBED when nothing disturbs it, which is trained once."""
    hashes = []

    def undisturbed(arguments, out):
        if not hashes:
            assert train.main([*DISTURBED, *arguments]) == 0
            hashes.append(checkpoint.read_card(out).metrics["sha256"])
        return hashes[0]

    return undisturbed


def test_ctrl_c_keeps_the_last_epoch_and_resume_goes_on(arguments, tmp_path, start, undisturbed):
    command = [*DISTURBED, *arguments]
    state, out = tmp_path / "runs" / "mnist-vae-2d.pt", tmp_path / "out" / "mnist-vae-2d"
    process = start(command, interrupted=state)  # after the first epoch
    process.join(60)
    errors = process.errors.read_text()
    assert process.exitcode == 130
    assert f"{state} is kept: go on with --resume" in errors and "Traceback" not in errors
    assert not out.exists()
    done = len(torch.load(state, weights_only=True)["history"])
    assert 1 <= done < 30
    assert train.main([*command, "--resume"]) == 0
    resumed = checkpoint.read_card(out).metrics
    assert [record["epoch"] for record in resumed["history"]] == list(range(1, 31))
    assert resumed["sha256"] == undisturbed(arguments, out)


def test_a_kill_at_any_moment_loses_the_current_epoch_at_most(arguments, tmp_path, start, undisturbed):
    """SIGKILL cannot be caught: whatever it interrupts, what lies on disk is whole, and goes on to the same result."""
    command = [*DISTURBED, *arguments]
    state, out = tmp_path / "runs" / "mnist-vae-2d.pt", tmp_path / "out" / "mnist-vae-2d"
    done = 0
    for attempt in range(3):
        process = start([*command, *(["--resume"] if attempt else [])])
        seen = wait_for_epochs(state, done + 1 + attempt, process)
        process.kill()
        process.join()
        assert not out.exists()
        done = len(torch.load(state, weights_only=True)["history"])
        assert seen <= done < 30
    assert train.main([*command, "--resume"]) == 0
    assert checkpoint.read_card(out).metrics["sha256"] == undisturbed(arguments, out)


def test_two_processes_do_what_one_does(small_mnist, tmp_path, start):
    command = ["--name", "mnist-vae-4d", "--epochs", "3", *SMALL, "--batch", "63", "--data", str(small_mnist)]
    folders = {n: ["--out", str(tmp_path / f"out{n}"), "--runs", str(tmp_path / f"runs{n}")] for n in (1, 2)}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        shared = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(probe.getsockname()[1])}
    processes = [start([*command, *folders[2]], RANK=rank, LOCAL_RANK=rank, **shared) for rank in "01"]  # as torchrun
    assert train.main([*command, *folders[1]]) == 0
    for process in processes:
        process.join(120)
        assert process.exitcode == 0, process.errors.read_text()
    results = [(checkpoint.read_card(tmp_path / f"out{n}" / "mnist-vae-4d").metrics) for n in (1, 2)]
    model, other = (checkpoint.load(tmp_path / f"out{n}" / "mnist-vae-4d") for n in (1, 2))
    one, two = results
    assert (one["processes"], two["processes"]) == (1, 2)
    for key in ("nelbo", "reconstruction", "kl"):
        assert two["test"][key] == pytest.approx(one["test"][key], rel=1e-3)
    for record, same in zip(one["history"], two["history"], strict=True):
        assert same["train_nelbo"] == pytest.approx(record["train_nelbo"], rel=1e-4)
    for name, weight in model.state_dict().items():
        torch.testing.assert_close(other.state_dict()[name], weight, rtol=0, atol=5e-3)  # half precision, and order


# What is wrong is said in a sentence


def test_there_is_nothing_to_resume(arguments, capsys):
    assert train.main(["--name", "mnist-vae-2d", "--resume", *arguments]) == 1
    assert "without --resume" in capsys.readouterr().err


@pytest.fixture
def unfinished(arguments, tmp_path):
    """A run of mnist-vae-2d that was stopped after its first of two epochs: its command line, and its state's file."""
    command = ["--name", "mnist-vae-2d", "--epochs", "2", *arguments]
    shape, config = train.configs(train.parse(command))
    training = trainer.Trainer(
        VAE(shape), *(data.load("mnist", tmp_path / "data", part)[0] for part in (True, False)), config
    )
    state = tmp_path / "runs" / "mnist-vae-2d.pt"

    class Killed(Exception):
        pass

    def stop(content):
        train.save(state, content)
        raise Killed

    with pytest.raises(Killed):
        training.run(stop, quiet=True)
    return command, state


def test_resume_with_other_options_is_refused(unfinished, capsys):
    command, _ = unfinished
    assert train.main([*command, "--lr", "0.5", "--resume"]) == 1
    errors = capsys.readouterr().err
    assert "started with lr 0.002; give the same options" in errors and "--restart" in errors


@pytest.mark.parametrize("content", [b"", b"not a state", None, {"config": {}}, [1, 2], "cut short"])
def test_a_damaged_state_is_refused_and_left_as_it_is(unfinished, capsys, content):
    command, state = unfinished
    if content == "cut short":
        content = state.read_bytes()[:-2000]
    if isinstance(content, bytes):
        state.write_bytes(content)
    else:
        torch.save(content, state)
    before = state.read_bytes()
    assert train.main([*command, "--resume"]) == 1
    errors = capsys.readouterr().err
    assert "is damaged" in errors and "--restart" in errors and "Traceback" not in errors
    assert len(errors.splitlines()) == 1
    assert state.read_bytes() == before


@pytest.mark.parametrize("share", [0.0, 0.1, 0.37, 0.5, 0.8, 0.93, 1.0])
def test_a_flipped_bit_is_seen(unfinished, capsys, share):
    command, state = unfinished
    content = bytearray(state.read_bytes())
    content[round(share * (len(content) - 1))] ^= 4
    state.write_bytes(content)
    assert train.main([*command, "--resume"]) == 1
    errors = capsys.readouterr().err
    assert "is damaged" in errors and "--restart" in errors and len(errors.splitlines()) == 1


def test_a_state_of_an_earlier_version_is_read_without_a_checksum_and_its_parts_are_checked(unfinished, capsys):
    command, state = unfinished
    torch.save(torch.load(state, weights_only=True), state)
    whole = state.read_bytes()
    at = whole.index(torch.load(state, weights_only=True)["model"]["decoder.0.weight"].numpy().tobytes())
    state.write_bytes(whole[: at + 5] + bytes([whole[at + 5] ^ 1]) + whole[at + 6 :])
    assert train.main([*command, "--resume"]) == 1
    assert "its checksum is another one" in capsys.readouterr().err
    state.write_bytes(whole)
    assert train.main([*command, "--resume"]) == 0


def test_a_history_longer_than_the_run_is_refused(unfinished, capsys):
    command, state = unfinished
    content = torch.load(state, weights_only=True)
    content["history"] = [content["history"][0] | {"epoch": epoch} for epoch in range(1, 9)]
    resume.write(state, content)
    assert train.main([*command, "--resume"]) == 1
    assert "damaged (its history does not fit)" in capsys.readouterr().err


def test_a_state_whose_tensors_do_not_fit_is_refused(unfinished, capsys):
    command, state = unfinished
    content = torch.load(state, weights_only=True)
    content["model"]["decoder.0.bias"] = torch.zeros(3)
    torch.save(content, state)
    assert train.main([*command, "--resume"]) == 1
    assert "damaged (its model does not fit); start anew with --restart" in capsys.readouterr().err


def test_an_unfinished_run_is_given_up_only_on_request(unfinished, capsys):
    command, state = unfinished
    before = state.read_bytes()
    assert train.main(command) == 1
    errors = capsys.readouterr().err
    assert "--resume" in errors and "--restart" in errors and str(state) in errors
    assert state.read_bytes() == before
    assert train.main([*command, "--restart"]) == 0
    assert not state.exists()


@pytest.mark.parametrize("choice", [[], ["--resume"], ["--restart"]])
def test_bad_data_leaves_the_unfinished_run_alone(unfinished, tmp_path, capsys, monkeypatch, choice):
    command, state = unfinished
    before = state.read_bytes()
    raw = tmp_path / "data" / "MNIST" / "raw"
    (raw / "train-labels-idx1-ubyte").write_text("<!DOCTYPE html><html>not found</html>")
    assert train.main([*command, *choice]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert state.read_bytes() == before


@pytest.mark.parametrize("option", ["--runs", "--out"])
def test_a_folder_that_cannot_be_written_is_known_at_the_start(arguments, tmp_path, capsys, monkeypatch, option):
    monkeypatch.setattr(data, "load", lambda *_: pytest.fail("it went on"))
    (tmp_path / "file").write_text("not a folder")
    for folder in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/nowhere")):
        assert train.main(["--name", "mnist-vae-2d", *arguments, option, str(folder)]) == 1
        errors = capsys.readouterr().err
        assert f"{folder} cannot be written to" in errors
        assert len(errors.splitlines()) == 1


@pytest.mark.parametrize("option", ["--runs", "--out"])
def test_a_disk_without_room_is_known_at_the_start(arguments, tmp_path, capsys, monkeypatch, option):
    monkeypatch.setattr(data, "load", lambda *_: pytest.fail("it went on"))
    monkeypatch.setattr(checkpoint.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 10))
    assert train.main(["--name", "mnist-vae-2d", *arguments, option, str(tmp_path / "full")]) == 1
    errors = capsys.readouterr().err
    assert "has no room: 0 MB are free" in errors and len(errors.splitlines()) == 1


@pytest.mark.parametrize(("file", "content"), [("labels-idx1", b"seven, two, one"), ("labels-idx1", None)])
def test_labels_that_are_none_or_too_few_end_in_a_sentence(arguments, tmp_path, capsys, file, content):
    path = tmp_path / "data" / "MNIST" / "raw" / f"train-{file}-ubyte"
    if content is None:
        content = path.read_bytes()[:4] + (500).to_bytes(4, "big") + path.read_bytes()[8:508]
    path.write_bytes(content)
    assert train.main(["--name", "mnist-vae-2d", *arguments]) == 1
    errors = capsys.readouterr().err
    assert "cannot be read as MNIST" in errors and len(errors.splitlines()) == 1
    assert not (tmp_path / "out").exists() and not (tmp_path / "runs").exists()


def test_ctrl_c_during_the_imports_is_one_line(tmp_path):
    """torch is a module here that says that it is being imported, and then takes its time."""
    (tmp_path / "torch.py").write_text("import signal\nprint('importing', flush=True)\nsignal.pause()\n")
    process = subprocess.Popen(
        [sys.executable, "train.py"],
        cwd=Path(train.__file__).parent,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "importing\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130 and errors.split("\n") == ["", "Stopped before anything was begun.", ""]


@pytest.fixture
def full_disk():
    """A function after which no file can grow past some bytes, as on a full disk."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_is_full_in_an_epoch_keeps_the_one_before(unfinished, capsys, full_disk):
    command, state = unfinished
    before = state.read_bytes()
    full_disk(20_000)
    assert train.main([*command, "--resume"]) == 1
    errors = capsys.readouterr().err
    assert f"{state} cannot be written" in errors and "--resume" in errors and "Traceback" not in errors
    assert [path.name for path in state.parent.iterdir()] == [state.name]
    assert state.read_bytes() == before


def test_a_disk_that_is_full_at_the_end_keeps_the_run_and_resume_writes_the_model(
    unfinished, tmp_path, capsys, full_disk
):
    command, state = unfinished
    real = checkpoint.write

    def write(*args):
        full_disk(5_000)
        real(*args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoint, "write", write)
        assert train.main([*command, "--resume"]) == 1
    errors = capsys.readouterr().err
    assert "cannot be written" in errors and "--resume writes the model" in errors
    assert state.exists() and not list((tmp_path / "out").iterdir())
    full_disk(resource_unlimited())
    assert train.main([*command, "--resume"]) == 0
    assert len(checkpoint.read_card(tmp_path / "out" / "mnist-vae-2d").metrics["history"]) == 2


def resource_unlimited():
    import resource

    return resource.getrlimit(resource.RLIMIT_FSIZE)[1]


@pytest.mark.parametrize("kind", ["mps", "cuda", "cuda:7"])
def test_a_device_that_is_not_there_is_said_in_a_sentence(arguments, capsys, kind):
    if (torch.device(kind).type == "mps" and torch.backends.mps.is_available()) or torch.cuda.is_available():
        pytest.skip("it is there")
    assert train.main(["--name", "mnist-vae-2d", *arguments, "--device", kind]) == 1
    errors = capsys.readouterr().err
    assert f"--device {kind}" in errors and len(errors.splitlines()) == 1


def test_a_model_all_of_whose_samples_are_one_image_says_so(arguments, tmp_path, capsys):
    """With so much weight on the KL term no dimension carries anything."""
    command = ["--name", "mnist-vae-2d-flat", "--epochs", "1", "--beta", "10000", "--warmup", "0", *arguments]
    assert train.main(command) == 0
    assert evaluation.ONE_IMAGE in capsys.readouterr().out
    folder = tmp_path / "out" / "mnist-vae-2d-flat"
    card = checkpoint.read_card(folder)
    assert card.figures["active_units"] == 0 and card.summary["one_image"] is True
    assert "All samples are one image" in (folder / "README.md").read_text("utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(family, "FAMILY", {card.name: ""})
        assert family.page(tmp_path / "out").count("one image") == 2
    assert evaluation.main([card.name, "--checkpoints", str(tmp_path / "out"), "--data", str(tmp_path / "data")]) == 0
    assert evaluation.ONE_IMAGE in capsys.readouterr().out


def test_missing_data_says_how_to_get_it(tmp_path, capsys, monkeypatch):
    from torchvision import datasets

    def offline(self):
        raise RuntimeError("Error downloading train-images-idx3-ubyte.gz")

    monkeypatch.setattr(datasets.MNIST, "download", offline)
    assert train.main(["--name", "mnist-vae-2d", "--data", str(tmp_path / "empty")]) == 1
    assert "--data" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--name", "my model"], "a name looks like"),
        (["--name", "mnist-vae-0d"], "a name looks like"),
        (["--name", "../mnist-vae-2d"], "a name looks like"),
        (["--epochs", "0"], "epochs must be at least 1"),
        (["--lr", "nan"], "lr must be"),
        (["--encoder", "0"], "layer widths"),
        (["--activation", "tanh"], "invalid choice"),
        (["--name", "mnist-gan-2d"], "a name looks like"),
        (["--critic", "-1"], "critic must be"),
        (["--warp", "-3"], "warp is a number"),
        (["--name", "mnist-ae-2d", "--beta", "2"], "has no prior"),
        (["--device", "meta"], "cpu, cuda or mps"),
        (["--seed", "99999999999999999999"], "seed is below"),
        (["--schedule", "cosine"], "invalid choice"),
        (["--device", "abacus"], "abacus"),
        (["--epochs", "many"], "invalid int"),
    ],
)
def test_bad_options_end_with_a_sentence(options, sentence, capsys):
    with pytest.raises(SystemExit) as stop:
        train.main(options)
    assert stop.value.code == 2
    assert sentence in capsys.readouterr().err


def test_help_explains_every_option(capsys):
    with pytest.raises(SystemExit) as stop:
        train.main(["--help"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    for option in (
        "--epochs",
        "--beta",
        "--resume",
        "--likelihood",
        "--weight-decay",
        "--device",
        "--critic",
        "--jitter",
        "--binarize",
    ):
        assert option in text


def test_the_committed_models_were_made_by_the_family_s_recipe(checkpoints):
    """One command for each, and what it says is what was done."""
    cards, _ = checkpoint.read_all(checkpoints)
    assert set(cards) == set(family.FAMILY)
    for name, card in cards.items():
        args = train.parse(["--name", name, *family.options(name)])
        shape, loop = train.configs(args)
        assert card.metrics["command"] == train.command(args)
        assert card.metrics["training"] == vars(loop)
        assert card.config == json.loads(json.dumps(vars(shape)))


def test_the_table_of_the_models_says_what_their_metrics_say(checkpoints):
    assert (checkpoints / "README.md").read_text("utf-8") == family.page(checkpoints)
    for card in checkpoint.read_all(checkpoints)[0].values():
        expected = model_card(card.metrics, VAEConfig(**card.config))
        assert (card.folder / "README.md").read_text("utf-8") == expected
    for name in family.FAMILY:
        assert f"({name})" in family.page(checkpoints)
