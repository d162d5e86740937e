"""Every attack on a local page that is known to work somewhere, against the real server on loopback."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile

import pytest

from support.labelling import Client, Reply, Served, events, next_id, served, write_set
from vibekit.formats.attribute import read_attribute
from vibekit.labelling.security import HEADERS, MOST_BYTES
from vibekit.media.identity import video_id
from vibekit.stages.golden.label import LabelConfig

SECRETS = (b"secretname", b"secretcell", b"secretcolumn", b"predicted true")


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory, six_clips: list[Path]) -> Path:
    return write_set(tmp_path_factory.mktemp("attacks") / "golden" / "g", six_clips)


@pytest.fixture(scope="module")
def server(golden: Path) -> Iterator[Served]:
    with served(LabelConfig(path=golden, raters=("anna", "ben", "cleo"))) as running:
        yield running


@pytest.fixture(scope="module")
def anna(server: Served) -> Client:
    return server.client(0)


@pytest.fixture
def stranger(server: Served) -> Client:
    return Client(server.port)


def rating(client: Client) -> bytes:
    task = client.next()["id"]
    return f'{{"id": "{next_id()}", "task": "{task}", "kind": "rating", "value": true}}'.encode()


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "127.0.0.1.evil.example:{port}", "127.0.0.1", "127.0.0.1:1", ""],
)
def test_a_name_that_was_rebound_to_this_machine_is_not_served(anna: Client, host: str) -> None:
    named = host.format(port=anna.port)
    for path in ("/", "/api/next", "/join?token=x"):
        assert anna.send("GET", path, headers={"Host": named}).status == 400


def test_two_host_headers_are_not_served(anna: Client) -> None:
    with socket.create_connection(("127.0.0.1", anna.port), timeout=30) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nHost: evil.example\r\n\r\n" % anna.port)
        assert raw.recv(4096).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize("path", ["/", "/api/me", "/api/next", "/api/progress", f"/m/{'0' * 32}"])
@pytest.mark.parametrize("cookie", ["", "vibekit=1", "vibekit_00000000=x", "{name}=x", "{name}="])
def test_without_a_cookie_nothing_is_shown(anna: Client, stranger: Client, path: str, cookie: str) -> None:
    stranger.cookie = cookie.format(name=anna.cookie.split("=")[0])
    assert stranger.get(path).status == 401


def test_a_link_works_once(server: Served, stranger: Client) -> None:
    first = Client(server.port)
    url = server.links[1].url
    entered = first.join(url)
    assert entered.status == 200
    said = entered.headers["set-cookie"].lower()
    assert "httponly" in said
    assert "samesite=strict" in said
    assert "path=/" in said
    before = len(server.said)
    assert stranger.join(url).status == 403
    assert stranger.join(url).status == 403
    assert not stranger.cookie
    assert [line.split(":")[0] for line in server.said[before:]] == ["a new link for ben"], "said once, not each time"


@pytest.mark.parametrize("token", ["", "x", "é", "%00", "A" * 5000])
def test_a_wrong_link_lets_nobody_in(stranger: Client, token: str) -> None:
    from urllib.parse import quote

    reply = stranger.get(f"/join?token={quote(token)}")
    assert reply.status in (403, 414)
    assert "set-cookie" not in reply.headers


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Origin": "http://localhost:{port}"}, 403),
        ({"Origin": "https://127.0.0.1:{port}"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Content-Type": ""}, 415),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content-Type": "application/jsonp"}, 415),
        ({"Content-Type": "multipart/form-data; boundary=application/json"}, 415),
    ],
)
def test_no_other_page_can_send_answers(anna: Client, golden: Path, headers: dict[str, str], status: int) -> None:
    before = len(events(golden))
    sent = anna.sent_by_the_page() | {k: v.format(port=anna.port) for k, v in headers.items()}
    assert anna.send("POST", "/api/rate", body=rating(anna), headers=sent).status == status
    assert len(events(golden)) == before


@pytest.mark.parametrize("path", ["/api/next", "/api/me", f"/m/{'0' * 32}", "/app.js"])
def test_no_other_page_can_read(anna: Client, path: str) -> None:
    assert anna.get(path, Sec_Fetch_Site="cross-site").status == 403
    assert anna.get(path, Sec_Fetch_Site="same-site").status == 403, "another port of this machine"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND"])
def test_no_other_method(anna: Client, method: str) -> None:
    assert anna.send(method, "/api/rate", headers=anna.sent_by_the_page()).status in (400, 405)


def test_answers_are_not_taken_by_get(anna: Client) -> None:
    for path in ("/api/rate", "/api/undo", "/api/name", "/api/votes"):
        assert anna.get(path).status == 405


def test_a_large_body_is_refused_whether_announced_or_not(anna: Client) -> None:
    page = anna.sent_by_the_page()
    assert anna.send("POST", "/api/rate", body=b" " * (MOST_BYTES + 1), headers=page).status == 413
    for length in ("-1", "1e3", "99999999999999999999"):
        assert anna.send("POST", "/api/rate", headers=page | {"Content-Length": length}).status in (400, 413)
    with socket.create_connection(("127.0.0.1", anna.port), timeout=30) as raw:
        head = "".join(f"{k}: {v}\r\n" for k, v in (page | {"Cookie": anna.cookie}).items())
        line = f"POST /api/rate HTTP/1.1\r\nHost: 127.0.0.1:{anna.port}\r\n"
        raw.sendall(f"{line}{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        for _ in range(5):
            raw.sendall(b"1000\r\n" + b" " * 0x1000 + b"\r\n")
        raw.sendall(b"0\r\n\r\n")
        assert raw.recv(4096).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"1",
        b"null",
        b"\xff\xfe",
        b"[" * 16_000,
        b'{"a":' * 2_500 + b"1" + b"}" * 2_500,
        b'{"id": "12345678", "id": "12345679"}',
        b'{"seconds": NaN}',
        b'{"seconds": Infinity}',
        b'{"seconds": ' + b"9" * 15_000 + b"}",
        b'{"kind": ["rating"]}',
        b'{"kind": "undo"}',
        b'{"kind": "rating"}',
        b'{"kind": "skip", "strange": 1}',
    ],
)
def test_broken_json_is_refused(anna: Client, golden: Path, body: bytes) -> None:
    before = len(events(golden))
    for path in ("/api/rate", "/api/undo"):
        assert anna.send("POST", path, body=body, headers=anna.sent_by_the_page()).status == 400
    assert len(events(golden)) == before


@pytest.mark.parametrize(
    "more",
    [
        {"note": "x" * 2001},
        {"note": 1},
        {"note": "\ud800"},
        {"seconds": -1},
        {"seconds": 1e9},
        {"seconds": True},
        {"seconds": "1"},
        {"watched": 1.5},
        {"id": "short"},
        {"id": "a" * 65},
        {"id": "../../../../etc"},
        {"id": None},
        {"task": "0" * 31},
        {"task": 1},
        {"value": None},
        {"value": []},
        {"value": 1.0},
        {"value": "true"},
        {"value": 1},
    ],
    ids=str,
)
def test_strange_values_are_refused(anna: Client, golden: Path, more: dict[str, object]) -> None:
    before = len(events(golden))
    assert anna.rate(anna.next(), True, **more).status == 400
    assert len(events(golden)) == before


@pytest.mark.parametrize(
    "path",
    [
        "/m/../golden.yaml",
        "/m/..%2fgolden.yaml",
        "/m/%2e%2e/golden.yaml",
        "/m/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/m//etc/passwd",
        "/m/%2fetc%2fpasswd",
        "/m/..%5c..%5cetc",
        "/m/%00",
        "/m/" + "0" * 32,
        "/m/" + "A" * 32,
        "/m/",
        "/static/app.js",
        "/../app.py",
        "/%2e%2e/app.py",
        "/app.py",
        "//evil.example/",
        "/ratings.jsonl",
    ],
)
def test_no_path_leads_to_a_file(anna: Client, path: str) -> None:
    reply = anna.get(path)
    assert reply.status in (400, 404)
    assert b"root:" not in reply.body


def test_videos_of_others_and_of_other_sessions_are_not_shown(server: Served, anna: Client) -> None:
    assert anna.get(anna.next()["media"]).status == 200
    cleo = server.client(2)
    assert cleo.get(anna.next()["media"]).status == 404
    assert cleo.rate(anna.next(), True).status == 404


def test_ranges(anna: Client, six_clips: list[Path]) -> None:
    media = anna.next()["media"]
    whole = anna.get(media)
    size = len(whole.body)
    assert whole.headers["accept-ranges"] == "bytes"
    part = anna.get(media, Range="bytes=100-199")
    assert (part.status, part.headers["content-range"]) == (206, f"bytes 100-199/{size}")
    assert part.body == whole.body[100:200]
    assert anna.get(media, Range="bytes=-50").body == whole.body[-50:]
    assert anna.get(media, Range=f"bytes={size}-").status == 416
    many = "bytes=" + ",".join("0-" for _ in range(300))
    assert len(anna.get(media, Range=many).body) <= size + 200
    assert anna.get(media, Range="bytes=" + "5-4," * 50).status in (200, 400, 416)
    assert anna.send("HEAD", media, headers={}).body == b""
    assert whole.body in [clip.read_bytes() for clip in six_clips]


def test_every_answer_carries_the_headers(anna: Client, stranger: Client) -> None:
    replies = [
        anna.get("/"),
        anna.get("/app.js"),
        anna.get("/api/next"),
        anna.get("/nothing"),
        anna.get(anna.next()["media"], Range="bytes=0-9"),
        stranger.get("/"),
        stranger.get("/join?token=x"),
        anna.get("/", Host="evil.example"),
        anna.post("/api/rate", {}),
    ]
    for reply in replies:
        assert {name: reply.headers.get(name.lower()) for name in HEADERS} == HEADERS
        assert "server" not in reply.headers
    policy = HEADERS["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert HEADERS["Cache-Control"] == "no-store"


def test_nothing_that_is_sent_tells_which_video_it_is(golden: Path, anna: Client, six_clips: list[Path]) -> None:
    task = anna.next()
    replies: list[Reply] = [
        anna.get(path) for path in ("/", "/app.js", "/style.css", "/api/me", "/api/next", "/nothing")
    ]
    replies += [anna.get(task["media"]), anna.get(task["media"], Range="bytes=0-9"), anna.post("/api/rate", {"id": 1})]
    replies += [anna.rate(task, True, note="mine"), anna.undo(), anna.get("/api/progress")]
    ids = [video_id(str(clip)).encode() for clip in six_clips]
    folders = [str(six_clips[0].parent).encode(), str(golden).encode()]
    for reply in replies:
        sent = reply.body + repr(sorted(reply.headers.items())).encode()
        assert [secret for secret in (*SECRETS, *ids, *folders) if secret in sent] == []
    etags = {anna.get(task["media"]).headers[name] for name in ("etag", "last-modified")}
    assert etags == {f'"{task["id"]}"', "Thu, 01 Jan 1970 00:00:00 GMT"}


def test_precedents_are_shown_without_their_video(tmp_path: Path, six_clips: list[Path]) -> None:
    golden = tmp_path / "g"
    write_set(golden, six_clips[:2])
    path = golden / "attributes" / "calming.yaml"
    named = f"examples:\n  - video: {video_id(str(six_clips[0]))}\n    label: true\n    why: Waves, all the way.\n"
    path.write_text(path.read_text("utf-8").replace("signals:", f"{named}signals:"), "utf-8")
    known = golden / "golden.yaml"
    text = known.read_text("utf-8").replace("accepts: []", f"accepts: [{read_attribute(path).fingerprint}]")
    known.write_text(text, "utf-8")
    with served(LabelConfig(path=golden, raters=("anna",))) as server:
        body = server.client().get("/api/next").body
    assert b"Waves, all the way." in body
    assert video_id(str(six_clips[0])).encode() not in body


@pytest.mark.parametrize(
    "name",
    ["", "Anna", "anna b", "../anna", "a" * 33, "anna\n", "anna\x00", "ánna", "a/b", ".", 1, None, ["a"]],
    ids=repr,
)
def test_a_name_cannot_be_anything_else(open_door: Client, name: object) -> None:
    assert open_door.post("/api/name", {"name": name}).status == 400


@pytest.fixture(scope="module")
def open_door(tmp_path_factory: pytest.TempPathFactory, six_clips: list[Path]) -> Iterator[Client]:
    golden = write_set(tmp_path_factory.mktemp("names") / "g", six_clips[:1])
    with served(LabelConfig(path=golden)) as running:
        yield running.client()


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no symbolic links here")
def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path, six_clips: list[Path]) -> None:
    inside, outside = tmp_path / "clips", tmp_path / "elsewhere"
    inside.mkdir()
    outside.mkdir()
    for n, clip in enumerate(six_clips[:2]):
        copyfile(clip, inside / f"{n}.mp4")
    golden = write_set(tmp_path / "golden" / "g", sorted(inside.iterdir()))
    with served(LabelConfig(path=golden, raters=("anna",))) as server:
        client = server.client()
        for path in inside.iterdir():
            path.rename(outside / path.name)
            path.symlink_to(outside / path.name)
        reply = client.get(client.next()["media"])
        assert (reply.status, reply.json["code"]) == (404, "unplayable")
        assert b"elsewhere" not in reply.body
    assert server.report is not None
    assert len(server.report.unplayable) >= 1


def test_a_file_that_changed_since_the_draw_is_not_shown(tmp_path: Path, six_clips: list[Path]) -> None:
    clip = tmp_path / "a.mp4"
    copyfile(six_clips[0], clip)
    golden = write_set(tmp_path / "golden" / "g", [clip])
    copyfile(six_clips[1], clip)
    with served(LabelConfig(path=golden, raters=("anna",))) as server:
        client = server.client()
        assert "changed" in client.get(client.next()["media"]).json["error"]
