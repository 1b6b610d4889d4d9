"""Text is read in the encoding it was written in, with or without a mark."""

import pytest

from hub.knowledge.loaders.plain import decode

TEXTS = {
    "Die Rückgabe ist binnen dreißig Tagen möglich. Größere Stücke müssen wir prüfen.": (
        "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "cp850", "mac-roman",
    ),
    "Les retours sont acceptés sous trente jours après réception, où que vous soyez.": ("cp1252", "iso8859-15"),
    "Возврат товара возможен в течение тридцати дней после покупки. Деньги вернём.": (
        "cp1251", "koi8-r", "iso8859-5", "cp866",
    ),
    "Zwrot jest możliwy w ciągu trzydziestu dni. Większe przedmioty musimy sprawdzić.": ("cp1250", "iso8859-2"),
    "Zboží lze vrátit do třiceti dnů. Větší kusy musíme zkontrolovat.": ("cp1250", "iso8859-2"),
    "Ürünler otuz gün içinde iade edilebilir. Büyük parçaları kontrol etmemiz gerekiyor, değil mi?": ("cp1254",),
    "Η επιστροφή είναι δυνατή εντός τριάντα ημερών. Πρέπει να ελέγξουμε τα μεγαλύτερα κομμάτια.": ("cp1253",),
    "ניתן להחזיר מוצרים תוך שלושים יום. עלינו לבדוק חלקים גדולים יותר.": ("cp1255",),
    "يمكن إرجاع المنتجات خلال ثلاثين يوما من الشراء. يجب علينا فحص القطع الكبيرة.": ("cp1256",),
    "商品は三十日以内に返品できます。大きな部品は確認が必要です。": ("shift_jis", "euc_jp", "iso2022_jp"),
    "商品可以在三十天内退货。较大的部件我们必须检查。请联系客户服务。": ("gbk", "gb18030"),
    "商品可以在三十天內退貨。較大的部件我們必須檢查。請聯繫客戶服務。": ("big5",),
    "상품은 30일 이내에 반품할 수 있습니다. 더 큰 부품은 확인해야 합니다.": ("euc_kr", "cp949"),
    "สินค้าสามารถคืนได้ภายในสามสิบวัน เราต้องตรวจสอบชิ้นส่วนขนาดใหญ่": ("tis-620",),
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "encoding"), [(text, name) for text, names in TEXTS.items() for name in names], ids=lambda x: x[:12]
)
def test_the_encoding_is_told_from_the_text(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)).removeprefix("\ufeff") == text


def test_a_long_text_is_told_from_its_start_even_within_a_letter() -> None:
    text = "Die Größe. " * 4_000 + "Ende"
    assert decode(text.encode("cp1252")) == text
