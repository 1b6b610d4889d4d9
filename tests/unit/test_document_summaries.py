"""What a document is about, in its own sentences and by a model that is not believed blindly."""

from hub.core.prose import sentences
from orchestrator.abstract import plain_abstract, spread

TEXT = """# Returns

Welcome to our page. Articles may be sent back within thirty days of delivery. The parcel label for sending articles
back is free of charge in every country. We were founded in a small town by the sea. Money for articles that were sent
back arrives within five days. Please smile!
"""


def test_own_sentences_are_whole_and_in_their_order() -> None:
    told = plain_abstract(TEXT)
    assert "Articles may be sent back within thirty days of delivery." in told
    whole = [s.text for s in sentences(TEXT)]
    assert [s.text for s in sentences(told)] == [text for text in whole if text in told]
    assert "smile" not in told


def test_a_text_without_sentences_gives_its_beginning() -> None:
    told = plain_abstract("word " * 200)
    assert told.endswith("…") and len(told) <= 301


def test_long_documents_are_read_from_all_over_and_within_bounds() -> None:
    parts = [f"{n} " + "x" * 500 for n in range(300)]
    text = spread(parts, 12_000)
    assert len(text) <= 12_000
    assert text.startswith("0 ") and "\n\n240 " in text
    assert spread(["one", "two"], 12_000) == "one\n\ntwo"
