"""Keyword search counts the same lexemes at ingest and at query, in any script."""

import pytest

from hub.knowledge.language import detect_language
from hub.knowledge.lexemes import document_lexemes, fold, query_lexemes, tsvector


@pytest.mark.parametrize(
    ("language", "stored", "asked"),
    [
        ("en", "Returns are accepted", "how do I return the shoes"),
        ("de", "Die Rücksendung der Straßenschuhe", "wie geht eine rucksendung"),
        ("es", "La preparación dura dos días", "preparacion"),
        ("fr", "L'étiquette de retour", "où est l’etiquette"),
        ("zh", "退货需要在三十天内提出申请", "怎么退货？"),
        ("zh", "这只猫很大", "猫"),
        ("ja", "返品は三十日以内にお願いします", "返品したい"),
        ("th", "การคืนสินค้า", "คืนสินค้า"),
        ("hi", "वापसी तीस दिनों में", "वापसी कैसे करें"),
        ("ru", "Возврат товаров", "как вернуть товар"),
        (None, "Model XR-2000b", "xr-2000B"),
    ],
)
def test_a_question_shares_a_lexeme_with_its_answer(language: str | None, stored: str, asked: str) -> None:
    assert set(document_lexemes(stored, language)) & set(query_lexemes(asked, [language]))


def test_hindi_words_are_not_broken_at_their_vowel_signs() -> None:
    assert document_lexemes("पैंथर्स", None) == ["पैंथर्स"]


def test_an_undetectable_query_is_stemmed_as_each_of_the_tenants_languages() -> None:
    assert set(query_lexemes("versicherungen policies", ["de", "en"])) >= {"versicher", "polici"}


def test_repeats_are_kept_in_documents_and_dropped_in_queries() -> None:
    assert document_lexemes("refund refund", "en") == ["refund", "refund"]
    assert query_lexemes("refund refunds", ["en"]) == ["refund"]


def test_tsvector_carries_positions_and_quotes() -> None:
    assert tsvector(["a", "b", "a"]) == "'a':1,3 'b':2"
    assert tsvector(["it's", "back\\slash"]) == "'it''s':1 'back\\\\slash':2"
    assert tsvector(["a"] * 1_000).count(",") == 254
    assert tsvector([]) == ""


def test_lexemes_are_short_enough_to_store() -> None:
    assert max(map(len, document_lexemes("x" * 5_000, "en"))) <= 64


def test_folding_keeps_letters_that_are_not_accents() -> None:
    assert fold("zürich") == "zurich"
    assert fold("한국어") == "한국어"
    assert fold("में") == "में"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How do I send my shoes back?", "en"),
        ("Wie kann ich meine Schuhe zurückgeben?", "de"),
        ("¿Cómo puedo devolver los zapatos?", "es"),
        ("Comment puis-je vous retourner les chaussures ?", "fr"),
        ("Come posso restituire le scarpe che non mi vanno?", "it"),
        ("Hoe kan ik mijn schoenen terugsturen?", "nl"),
        ("如何退回 iPhone 手机？", "zh"),
        ("返品したいです", "ja"),
        ("신발을 반품하고 싶어요", "ko"),
        ("ฉันต้องการคืนรองเท้า", "th"),
        ("Как вернуть обувь?", "ru"),
        ("Як повернути взуття, які є в мене?", "uk"),
        ("كيف يمكنني إرجاع الحذاء؟", "ar"),
        ("XR-2000", None),
        ("12345 !!", None),
        ("", None),
    ],
)
def test_language_is_told_from_a_short_question(text: str, language: str | None) -> None:
    assert detect_language(text) == language
