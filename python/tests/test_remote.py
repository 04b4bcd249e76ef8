"""Maps at URLs: the same map with the same answers, wherever its file is."""

import pickle
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from served import COUNT, S3, Web, free_port, s3_server

import massmap



@pytest.fixture(scope="module")
def s3(web: Web) -> Iterator[S3]:
    with s3_server() as server:
        server.put("bucket")
        server.put("bucket/maps/squares", (web.folder / "squares").read_bytes())
        yield server


def check(map: massmap.Map) -> None:
    """Check that a map is that of the squares, by everything that it can be asked."""
    assert len(map) == COUNT
    assert map[7] == 49
    assert map.get(COUNT) is None
    assert COUNT - 1 in map and COUNT not in map
    with pytest.raises(KeyError):
        map[COUNT]
    with pytest.raises(massmap.KeyTypeError):
        map["seven"]
    keys = [*range(0, COUNT, 97), COUNT, 0]
    assert map.get_many(keys) == [key * key if key < COUNT else None for key in keys]
    assert bytes(map.get_encoded(7) or b"") == b"\x31"
    assert sorted(map.items()) == [(key, key * key) for key in range(COUNT)]
    assert map.info.entries == COUNT
    assert map.key_type == "u64"
    report = map.verify()
    assert report.entries == COUNT and not report.problems


def test_a_map_behind_http_is_the_same_map(web: Web) -> None:
    with massmap.open(web.url("squares")) as map:
        check(map)
        assert map.path == web.url("squares")
    assert map.closed


@pytest.mark.parametrize(
    "options",
    [
        {"cache": 1 << 20},
        {"timeout": 60},
        {"hedge": True},
        {"hedge": 0.001, "timeout": 60.0, "cache": 1 << 16},
        {"requests_in_flight": 1},
        {"checksums": "never", "value_limit": 1000},
    ],
    ids=lambda options: "+".join(options),
)
def test_options_of_remote_maps_change_no_answers(web: Web, options: dict[str, Any]) -> None:
    check(massmap.open(web.url("squares"), **options))


def test_a_map_in_s3_is_the_same_map(s3: S3) -> None:
    map = massmap.open("s3://bucket/maps/squares", storage_options=s3.storage_options)
    check(map)
    again = pickle.loads(pickle.dumps(map))
    assert again[7] == 49


@pytest.mark.parametrize("form", ["file://{}", "file://localhost{}"])
def test_urls_of_files_are_paths(web: Web, tmp_path: Path, form: str) -> None:
    path = tmp_path / "a b"
    shutil.copy(web.folder / "squares", path)
    check(massmap.open(form.format(str(path).replace(" ", "%20"))))


def test_opening_and_a_lookup_are_one_request_each(web: Web) -> None:
    before = web.count("requests")
    map = massmap.open(web.url("squares"))
    assert web.count("requests") == before + 1
    assert map[7] == 49
    assert web.count("requests") == before + 2
    assert map.get_many(range(COUNT))[7] == 49
    assert web.count("requests") < before + 10


def test_a_cache_saves_requests(web: Web) -> None:
    map = massmap.open(web.url("squares"), cache=1 << 22)
    for _ in range(2):
        assert [map[key] for key in range(0, COUNT, 500)] == [key * key for key in range(0, COUNT, 500)]
        first = web.count("requests")
    assert web.count("requests") == first


@pytest.mark.parametrize("kind", ["", "weak/", "none/"])
def test_a_replaced_object_is_refused_by_the_map_and_by_its_pickle(web: Web, kind: str) -> None:
    shutil.copy(web.folder / "squares", web.folder / "replaced")
    map = massmap.open(web.url(f"{kind}replaced"))
    assert map[7] == 49
    pickled = pickle.dumps(map)
    shutil.copy(web.folder / "others", web.folder / "replaced")
    with pytest.raises(massmap.Error) as caught:
        map.get_many(range(0, COUNT, 100))
    if not kind:
        assert isinstance(caught.value, massmap.ReplacedError)
    with pytest.raises(massmap.ReplacedError):
        pickle.loads(pickled)
    assert massmap.open(web.url(f"{kind}replaced"))[8] == 64


def test_a_replaced_file_of_format_1_is_refused(web: Web) -> None:
    golden = Path(__file__).resolve().parents[2] / "crates/massmap/tests/golden"
    shutil.copy(golden / "integers.massmap", web.folder / "format-1")
    map = massmap.open(web.url("format-1"))
    assert map.info.format == 1
    pickled = pickle.dumps(map)
    assert len(pickle.loads(pickled)) == len(map)
    shutil.copy(golden / "merged.massmap", web.folder / "format-1")
    with pytest.raises(massmap.ReplacedError):
        pickle.loads(pickled)
    # Nobody would notice that it was replaced.
    with pytest.raises(massmap.SettingError, match="allow"):
        massmap.open(web.url("none/format-1"))
    assert massmap.open(web.url("none/format-1"), allow_unknown_version=True).info.format == 1


def test_a_pickle_has_the_options(web: Web) -> None:
    options: dict[str, Any] = {"cache": 1 << 20, "timeout": 1.5, "hedge": True, "requests_in_flight": 3}
    map = massmap.open(web.url("squares"), storage_options={"timeout": "7s"}, **options)
    again = pickle.loads(pickle.dumps(map))
    check(again)
    assert again.__reduce__() == map.__reduce__()
    keywords = map.__reduce__()[1][1]
    assert keywords["storage_options"] == {"timeout": "7s"}
    assert {name: keywords[name] for name in options} == options


def test_what_is_not_there_is_the_error_of_files(web: Web) -> None:
    with pytest.raises(FileNotFoundError) as missing:
        massmap.open(web.url("nothing"))
    assert missing.value.filename == web.url("nothing")
    with pytest.raises(PermissionError):
        massmap.open(web.url("forbidden/squares"))
    (web.folder / "text").write_text("no map" * 1000)
    with pytest.raises(massmap.FormatError):
        massmap.open(web.url("text"))


def test_settings_that_make_no_sense_are_refused(web: Web, tmp_path: Path) -> None:
    url = web.url("squares")
    settings: list[dict[str, Any]] = [
        {"timeout": 0},
        {"timeout": float("nan")},
        {"hedge": -1},
        {"hedge": "often"},
        {"requests_in_flight": 0},
        {"storage_options": {"no_such_option": "1"}},
        {"direct": True},
    ]
    for setting in settings:
        with pytest.raises(massmap.SettingError):
            massmap.open(url, **setting)
    settings = [{"cache": 1 << 20}, {"storage_options": {"timeout": "1s"}}, {"hedge": True}]
    for setting in settings:
        with pytest.raises(massmap.SettingError, match="is for URLs"):
            massmap.open(web.folder / "squares", **setting)
    with pytest.raises(massmap.SettingError):
        massmap.open("ftp://host/map")


def test_secrets_of_a_url_are_in_no_message(web: Web) -> None:
    url = f"http://user:hidden@127.0.0.1:{web.port}/nothing?secret"
    with pytest.raises(FileNotFoundError) as caught:
        massmap.open(url)
    assert "hidden" not in str(caught.value) and "secret" not in str(caught.value)
    map = massmap.open(web.url("squares?secret"))
    assert "secret" not in repr(map)
    assert pickle.loads(pickle.dumps(map))[7] == 49
    assert web.count("secrets") > 0


def test_a_limit_of_time_is_a_timeout(web: Web) -> None:
    map = massmap.open(web.url("squares"), timeout=0.05)
    with web.stalled(), pytest.raises(TimeoutError):
        map[7]
    assert map[7] == 49


def test_a_server_that_is_gone_is_an_os_error() -> None:
    with pytest.raises(OSError):
        massmap.open(f"http://127.0.0.1:{free_port()}/map", timeout=0.5)


def test_other_threads_go_on_while_a_lookup_waits(web: Web) -> None:
    map = massmap.open(web.url("squares"))
    found: list[int] = []
    with web.stalled():
        thread = threading.Thread(target=lambda: found.append(map[7]))
        thread.start()
        web.wait_for("waiting")
        assert not found
    thread.join(30)
    assert found == [49]


def test_threads_look_up_in_one_map_at_once(web: Web) -> None:
    map = massmap.open(web.url("squares"), cache=1 << 20)
    wrong: list[int] = []

    def look_up(first: int) -> None:
        wrong.extend(key for key in range(first, COUNT, 211) if map[key] != key * key)

    threads = [threading.Thread(target=look_up, args=(first,)) for first in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


INTERRUPTED = """
import sys
import massmap
map = massmap.open(sys.argv[1])
print("open", flush=True)
sys.stdin.readline()
try:
    eval(sys.argv[2])
except KeyboardInterrupt:
    print("interrupted", flush=True)
sys.stdin.readline()
print(map[7], flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("call", ["map[7]", "map.get_many(range(1000))", "list(map)", "map.verify()", "7 in map"])
def test_ctrl_c_ends_a_read_and_leaves_the_map_usable(web: Web, call: str) -> None:
    command = [sys.executable, "-c", INTERRUPTED, web.url("squares"), call]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        assert process.stdout.readline() == "open\n"
        before = web.count("given_up")
        with web.stalled():
            process.stdin.write("\n")
            process.stdin.flush()
            web.wait_for("waiting")
            time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            assert process.stdout.readline() == "interrupted\n"
            web.wait_for("given_up", before + 1)
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "49\n"
