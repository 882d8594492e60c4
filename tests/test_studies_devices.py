"""`device: auto`, with commands of a made-up machine on the PATH."""

import pytest

from nrag import gpus, studies
from nrag.studies import devices


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine without GPU whose commands the test writes."""
    monkeypatch.setattr(gpus, "DRIVER", (tmp_path / "gpus", tmp_path / "dev"))
    (tmp_path / "bin").mkdir()

    def install(name, script):
        file = tmp_path / "bin" / name
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)

    return {"PATH": str(tmp_path / "bin")}, install, tmp_path


def test_auto_is_the_cpu_on_a_machine_without_gpu_or_cluster(machine):
    environ, _, _ = machine
    assert studies.resolve_device("auto", environ) == "cpu"
    assert environ["NRAG_DEVICE"] == "cpu"


@pytest.mark.parametrize("setting", ["cpu", "cuda"])
def test_what_the_config_says_holds_and_is_handed_on(setting, machine):
    environ, install, _ = machine
    install("nvidia-smi", "echo 'GPU 0: H200'")
    environ["NRAG_DEVICE"] = "cpu"
    assert studies.resolve_device(setting, environ) == setting == environ["NRAG_DEVICE"]


def test_a_frozen_answer_holds_on_a_node_that_would_decide_otherwise(machine):
    environ, install, _ = machine
    install("nvidia-smi", "echo 'GPU 0: H200'")
    assert studies.resolve_device("auto", environ | {"NRAG_DEVICE": "cpu"}) == "cpu"
    assert studies.resolve_device("auto", {"NRAG_DEVICE": "cuda"}) == "cuda"


def test_a_frozen_answer_that_is_none_is_refused(machine):
    with pytest.raises(studies.StudyError, match="NRAG_DEVICE: 'gpu' is not one of cpu, cuda"):
        studies.resolve_device("auto", {"NRAG_DEVICE": "gpu"})


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("echo 'GPU 0: NVIDIA H200 (UUID: GPU-1)'", "cuda"),
        ("echo 'No devices found.'", "cpu"),
        ("echo 'GPU 0: H200'; exit 9", "cpu"),
        ("echo 'could not talk to the driver' >&2; exit 9", "cpu"),
    ],
)
def test_nvidia_smi_tells_of_local_gpus(script, expected, machine):
    environ, install, _ = machine
    install("nvidia-smi", script)
    assert studies.resolve_device("auto", environ) == expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("printf '(null)\\ngpu:a100:4\\n'", "cuda"),
        ("test \"$*\" = '-h -o %G' && echo gpu:2", "cuda"),
        ("echo '(null)'", "cpu"),
        ("echo gpu:4; exit 1", "cpu"),
    ],
)
def test_sinfo_tells_of_the_clusters_gpus(script, expected, machine):
    environ, install, _ = machine
    install("sinfo", script)
    assert studies.resolve_device("auto", environ) == expected


def test_the_driver_counts_only_with_a_device_to_open(machine):
    environ, _, folder = machine
    (folder / "gpus" / "0000:01:00.0").mkdir(parents=True)
    (folder / "dev").mkdir()
    (folder / "dev" / "nvidiactl").touch()
    assert not devices.local_gpu(environ), "a container sees the host's driver, not its devices"
    (folder / "dev" / "nvidia0").touch()
    assert devices.local_gpu(environ)


def test_the_devices_that_can_be_opened_are_counted_and_not_those_of_the_driver(machine):
    environ, _, folder = machine
    (folder / "dev").mkdir()
    for number in range(12):
        (folder / "gpus" / f"0000:{number:02}:00.0").mkdir(parents=True)
    (folder / "dev" / "nvidia-uvm").touch()
    for number in (0, 11):
        (folder / "dev" / f"nvidia{number}").touch()
    assert gpus.driven(environ) == 2


LISTED = """
echo 'GPU 0: NVIDIA A100 (UUID: GPU-1)'
echo '  MIG 1g.10gb     Device  0: (UUID: MIG-1)'
echo 'Unable to determine the device handle for GPU 0000:02:00.0: Unknown Error'
echo 'GPU 1: NVIDIA A100 (UUID: GPU-2)'
"""


@pytest.mark.parametrize("file", ["gpus/0000:01:00.0", "dev/nvidia0"])
def test_nvidia_smi_counts_where_the_driver_or_its_devices_are_not_seen(file, machine):
    environ, install, folder = machine
    for place in ("gpus", "dev"):
        (folder / place).mkdir()
    (folder / file).mkdir()
    assert gpus.driven(environ) == 0
    install("nvidia-smi", f'test "$*" = -L || exit 1{LISTED}')
    assert gpus.driven(environ) == 2


@pytest.mark.parametrize(("visible", "expected"), [("", "cpu"), ("-1", "cpu"), ("0", "cuda"), ("0,1", "cuda")])
def test_a_hidden_gpu_is_none(visible, expected, machine):
    environ, install, _ = machine
    install("nvidia-smi", "echo 'GPU 0: H200'")
    assert studies.resolve_device("auto", environ | {"CUDA_VISIBLE_DEVICES": visible}) == expected


def test_a_command_that_cannot_be_run_is_no_gpu(machine):
    environ, install, folder = machine
    install("nvidia-smi", "")
    (folder / "bin" / "nvidia-smi").write_text("#!/no/such/interpreter\n")
    assert studies.resolve_device("auto", environ) == "cpu"


def test_a_gpu_that_nobody_shows_is_a_problem_where_the_config_asks_for_one(machine):
    environ, install, _ = machine
    (line,) = studies.device_problems("cuda", environ | {"CUDA_VISIBLE_DEVICES": ""}, cluster=True)
    assert "neither this machine nor its SLURM cluster (sinfo) shows a GPU; CUDA_VISIBLE_DEVICES is ''" in line
    assert studies.device_problems("auto", environ, cluster=True) == []
    assert studies.device_problems("cpu", environ, cluster=True) == []
    install("sinfo", "echo 'gpu:h200:4'")
    assert studies.device_problems("cuda", environ, cluster=True) == []
    (line,) = studies.device_problems("cuda", environ, cluster=False)
    assert "this machine shows no GPU" in line
