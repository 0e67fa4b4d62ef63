package prm

import prm.core.PrmException
import prm.mobile.CodeTexts

/** The English texts of `codes.json`, which come with this library. */
val englishTexts: CodeTexts by lazy {
    val json = checkNotNull(CodeTexts::class.java.getResource("/prm/codes.json")) { "codes.json is not in the archive" }
    CodeTexts.read(json.readText())
}

/** The code of a refusal or failure; none for what could not be read. */
val PrmException.code: String?
    get() = when (this) {
        is PrmException.Refused -> code
        is PrmException.Failed -> code
        is PrmException.Input -> null
    }

/** What went wrong, in the language of the texts, or in English where they do not have it. */
fun PrmException.text(texts: CodeTexts = englishTexts): String = when (this) {
    is PrmException.Refused -> texts.text(code, facts) ?: text
    is PrmException.Failed -> texts.text(code, facts) ?: text
    is PrmException.Input -> "$what: `$value`: $text"
}

/** What to do about it, if the texts say. */
fun PrmException.nextStep(texts: CodeTexts = englishTexts): String? = code?.let(texts::nextStep)
