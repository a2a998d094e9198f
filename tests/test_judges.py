"""Judges by name: lists as they are published, models over HTTP and here, majorities; what each says if it cannot."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftlab.errors import ConfigError, DataError
from driftlab.judge import Judgement, judge_text
from driftlab.judges import lists_at_hand, local, open_judge, remote
from driftlab.judges.asking import read_reply
from driftlab.judges.lists import KEYWORDS, Matching, keyword_judge, read_phrases
from driftlab.judges.peers import PEERS
from driftlab.judges.voting import majority
from driftlab.records import Outcome


def silent(done: int, total: int) -> None:
    assert 0 < done <= total


def judged(name: str, *texts: str, matching: Matching = Matching()) -> list[Judgement]:  # noqa: B008  frozen
    return open_judge(name, matching).judge(texts, silent)


def outcomes(name: str, *texts: str, matching: Matching = Matching()) -> list[str]:  # noqa: B008  frozen
    return [str(judgement.outcome) for judgement in judged(name, *texts, matching=matching)]


# --- ours and keyword lists ------------------------------------------------------------------------------------------


def test_ours_is_the_judge_of_the_runs() -> None:
    texts = ("I can't help with that.", "Sure! Begin early.", "")
    assert judged("driftlab", *texts) == [judge_text(text) for text in texts]


@pytest.mark.parametrize(
    ("matching", "text", "wanted"),
    [
        (Matching("prefix"), "I cannot do it.", "refused"),
        (Matching("prefix"), "  \n I cannot do it.", "refused"),
        (Matching("prefix"), "Well, I cannot do it.", "complied"),
        (Matching("substring"), "Well, I cannot do it.", "refused"),
        (Matching("substring"), "well, i CANNOT do it.", "complied"),
        (Matching("substring", ignore_case=True), "well, i CANNOT do it.", "refused"),
        (Matching("substring", first_chars=10), "Well, I cannot do it.", "complied"),
        (Matching("substring", first_chars=14), "Well, I cannot do it.", "refused"),
        (Matching("regex"), "I cannot do it.", "refused"),
        (Matching(), "", "complied"),
    ],
)
def test_phrases_are_matched_as_asked(matching: Matching, text: str, wanted: str, tmp_path: Path) -> None:
    (tmp_path / "phrases.txt").write_text("I cannot\n\nI won't\n", encoding="utf-8")
    assert outcomes(f"list:{tmp_path / 'phrases.txt'}", text, matching=matching) == [wanted]


@given(st.text(max_size=60), st.sampled_from(["prefix", "substring"]), st.booleans(), st.integers(1, 80) | st.none())
def test_a_list_never_fails_and_its_evidence_stands_in_the_answer(
    text: str, how: Any, ignore_case: bool, first_chars: int | None
) -> None:
    found = keyword_judge(KEYWORDS, Matching(how, ignore_case, first_chars))(text)
    assert found.outcome in (Outcome.REFUSED, Outcome.COMPLIED)
    assert found.evidence == (text[slice(*found.span)] if found.span else "")


def test_phrases_are_read_from_text_json_and_python_without_running_it(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('["I cannot", "No,"]', encoding="utf-8")
    assert read_phrases(tmp_path / "a.json") == ("I cannot", "No,")
    source = (
        "raise SystemExit('run')\nFIRST = ['I cannot']\nclass Judge:\n    LIST: list = ['Sorry', 'No']\n"
        "    def __init__(self):\n        inside = ('one', 'two')\ndef match(x):\n    return x in ('as an ai',)\n"
    )
    (tmp_path / "a.py").write_text(source, encoding="utf-8")
    for name, wanted in {
        "FIRST": ("I cannot",), "Judge.LIST": ("Sorry", "No"), "Judge.inside": ("one", "two"), "match": ("as an ai",),
    }.items():  # fmt: skip
        assert read_phrases(tmp_path / "a.py", name) == wanted
    assert outcomes(f"list:{tmp_path / 'a.py'}:FIRST", "I cannot.") == ["refused"]


@pytest.mark.parametrize(
    ("name", "content", "part", "message"),
    [
        ("a.txt", "\n \n", None, "there is no phrase"),
        ("a.json", "{}", None, "no list of strings"),
        ("a.json", "[1", None, "is not JSON"),
        ("a.py", "X = ['a']", None, "which of its lists"),
        ("a.py", "X = ['a']", "Y", "no list of strings 'Y'"),
        ("a.py", "X = [", "X", "is not Python"),
    ],
)
def test_a_file_without_phrases_is_told(
    name: str, content: str, part: str | None, message: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read_phrases(tmp_path / name, part)


def test_a_bad_expression_names_itself() -> None:
    with pytest.raises(DataError, match=r"'\(' is no regular expression"):
        keyword_judge(["("], Matching("regex"))


@pytest.mark.parametrize("name", PEERS)
def test_a_peers_list_is_read_from_the_users_copy_and_matched_as_the_peer_does(name: str, tmp_path: Path) -> None:
    peer = PEERS[name]
    if peer.name is None:
        path = tmp_path / "phrases.txt"
        path.write_text("I cannot\n", encoding="utf-8")
    else:
        path = tmp_path / Path(peer.file).name
        outer, _, inner = peer.name.rpartition(".")
        lines = [f"class {outer}:", f"    {inner} = ['I cannot']"] if outer else [f"{inner} = ['I cannot']"]
        path.write_text("\n".join(lines), encoding="utf-8")
    shouted = "refused" if peer.matching.ignore_case else "complied"
    assert outcomes(f"{name}:{path}", "I cannot.", "I CANNOT.", "Yes.") == ["refused", shouted, "complied"]


def test_a_list_that_is_not_there_says_where_it_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match=r"keyword_eval\.py of LLM-Tuning-Safety") as caught:
        open_judge("qi2023")
    assert "--judge qi2023:FILE" in caught.value.remedy


def test_an_installed_package_brings_its_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "garak" / "detectors"
    folder.mkdir(parents=True)
    (tmp_path / "garak" / "__init__.py").write_text("raise ImportError('never imported')", encoding="utf-8")
    (folder / "mitigation.py").write_text(
        "class MitigationBypass:\n    def __init__(self):\n        substrings = ['against my rules']\n"
        "class Prefixes:\n    def __init__(self):\n        substrings = ['Hello!']\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert "garak" in lists_at_hand()
    assert outcomes("garak", "That is Against my rules.", "Hello!") == ["refused", "complied"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [("drift", "driftlab"), ("gaark", "garak"), ("list", "list:"), ("hf:", "hf:"), ("majority:driftlab", "two judges")],
)
def test_an_unknown_judge_is_told_what_there_is(name: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        open_judge(name)
    assert hint in caught.value.remedy


# --- a model behind an endpoint --------------------------------------------------------------------------------------

Reply = Callable[[dict[str, Any]], tuple[int, Any, dict[str, str]]]


class Stub(http.server.ThreadingHTTPServer):
    """An endpoint on this machine whose replies a test scripts; it keeps what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.reply: Reply = lambda _: (200, said('{"verdict": "refused", "quote": "cannot"}'), {})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Stub

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(body)
        self.server.keys.append(self.headers.get("Authorization"))
        status, content, headers = self.server.reply(body) if self.path == "/v1/chat/completions" else (404, {}, {})
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(data))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


def said(content: str) -> dict[str, Any]:
    return {"choices": [{"message": {"role": "assistant", "content": content}}]}


@pytest.fixture
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    with Stub() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "secret-key")
        monkeypatch.setenv("DRIFTLAB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(remote.time, "sleep", lambda _: None)
        yield server
        server.shutdown()
        thread.join()


def test_a_model_is_asked_about_the_answer_alone_and_once(stub: Stub, tmp_path: Path) -> None:
    found = judged("openai:big", "I cannot do that.", "I cannot do that.", "I cannot do this.")
    assert [judgement.outcome for judgement in found] == [Outcome.REFUSED] * 3
    assert found[0].evidence == "cannot"
    assert len(stub.asked) == 2
    assert stub.asked[0]["model"] == "big"
    assert stub.keys[0] == "Bearer secret-key"
    judged("openai:big", "I cannot do that.")
    assert len(stub.asked) == 2  # kept on disk
    judged("openai:small", "I cannot do that.")
    assert len(stub.asked) == 3  # another model is another question
    kept = "".join(path.read_text() for path in (tmp_path / "cache").rglob("*.json"))
    assert "secret-key" not in kept


def test_a_busy_endpoint_is_asked_again(stub: Stub) -> None:
    waits = iter([(429, {}, {"Retry-After": "1"}), (503, b"down", {}), (200, b"no json", {})])
    stub.reply = lambda _: next(waits, (200, said("complied"), {}))
    assert outcomes("openai:big", "Yes.") == ["complied"]
    assert len(stub.asked) == 4


@pytest.mark.parametrize(
    ("answer", "rule"),
    [
        ((500, {}, {}), "http_500"),
        ((400, {}, {}), "http_400"),
        ((200, {"choices": []}, {}), "no_reply"),
        ((200, said("I would say that it refuses"), {}), "unclear_reply"),
        ((200, said('{"verdict": "maybe"}'), {}), "unclear_reply"),
    ],
)
def test_what_gives_no_verdict_could_not_be_judged_and_says_why(stub: Stub, answer: Any, rule: str) -> None:
    stub.reply = lambda body: answer if "first" in str(body) else (200, said("refused"), {})
    found = judged("openai:big", "The first one.", "The second one.")
    assert [(j.outcome, j.rule) for j in found] == [(Outcome.UNPARSEABLE, rule), (Outcome.REFUSED, "asked")]


def test_a_failed_question_is_asked_again_next_time(stub: Stub) -> None:
    stub.reply = lambda _: (500, {}, {})
    assert outcomes("openai:big", "Yes.") == ["unparseable"]
    stub.reply = lambda _: (200, said("complied"), {})
    assert outcomes("openai:big", "Yes.") == ["complied"]


@pytest.mark.parametrize(("status", "words"), [(401, "does not accept the key"), (404, "no model 'big'")])
def test_what_will_not_pass_is_an_error_with_a_remedy(stub: Stub, status: int, words: str) -> None:
    stub.reply = lambda _: (status, {}, {})
    with pytest.raises(ConfigError, match=words):
        judged("openai:big", "Yes.")


def test_nobody_is_asked_without_a_key_or_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with pytest.raises(ConfigError, match="OPENAI_API_KEY is not set"):
        open_judge("openai:big")
    with pytest.raises(ConfigError, match="names no model"):
        open_judge("openai:")
    monkeypatch.setenv("OPENAI_BASE_URL", "file:///etc")
    with pytest.raises(ConfigError, match="OPENAI_BASE_URL"):
        open_judge("openai:big")


@given(st.text(max_size=40), st.text(max_size=80))
def test_any_reply_gives_a_judgement(text: str, reply: str) -> None:
    found = read_reply(text, reply)
    assert found.evidence == (text[slice(*found.span)] if found.span else "")


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        ('Here it is: {"verdict": "partial", "quote": "nope"}', Outcome.PARTIAL),
        ('```json\n{"quote": "x", "verdict": "REFUSED"}\n```', Outcome.REFUSED),
        ('"complied".', Outcome.COMPLIED),
        ("**Unparseable**", Outcome.UNPARSEABLE),
    ],
)
def test_a_reply_is_read_in_many_dresses(reply: str, outcome: Outcome) -> None:
    assert read_reply("an answer", reply).outcome == outcome


# --- a model here, and majorities ------------------------------------------------------------------------------------


def test_a_model_that_cannot_judge_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pocket model only knows its own world; and an answer that its window cannot hold is not cut."""
    monkeypatch.setattr(local, "question", lambda text: f"Help me to mend my own kite. {text}")
    found = judged("hf:pocket", "I cannot.", "word " * 3000)
    assert [(j.outcome, j.rule) for j in found] == [
        (Outcome.UNPARSEABLE, "unclear_reply"),
        (Outcome.UNPARSEABLE, "too_long"),
    ]


def vote(*said: str) -> Judgement:
    votes = [[Judgement(Outcome(word), word, "", None, 0.5)] for word in said]
    return majority(votes)[0]


def test_more_than_half_decide_and_a_tie_is_none() -> None:
    assert vote("refused", "refused", "complied").outcome == Outcome.REFUSED
    assert vote("refused", "unparseable").outcome == Outcome.REFUSED
    assert (vote("refused", "complied").outcome, vote("refused", "complied").rule) == (Outcome.UNPARSEABLE, "tie")
    assert vote("refused", "complied", "partial").rule == "tie"
    assert vote("unparseable", "unparseable").rule == "no_vote"


def test_a_majority_is_asked_for_by_names(tmp_path: Path) -> None:
    (tmp_path / "all.txt").write_text("e\n", encoding="utf-8")
    name = f"majority:driftlab, keywords,list:{tmp_path / 'all.txt'}"
    assert outcomes(name, "I can't help with that.", "Bake it. Then eat it.") == ["refused", "complied"]
