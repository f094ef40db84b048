/* SPDX-License-Identifier: MIT */
#include "transcripts/language.h"

#include <ctype.h>
#include <string.h>

enum {
	LOOKED_AT = 600,       /* words */
	ENOUGH = 8,            /* so many common words at least */
	SHARE = 12,            /* one word of so many at least is a common one */
	COMMON_BYTES = 10,
};

const char *const language_codes[LANGUAGES] = {"da", "de", "en", "es", "fi", "fr", "hu", "it", "nl", "no", "pt", "ru",
	"sv"};
enum { DA = 1 << 0, DE = 1 << 1, EN = 1 << 2, ES = 1 << 3, FI = 1 << 4, FR = 1 << 5, HU = 1 << 6, IT = 1 << 7,
	NL = 1 << 8, NO = 1 << 9, PT = 1 << 10, RU = 1 << 11, SV = 1 << 12 };

/* ISO 639-2's codes, both where there are two, and the names that languages are called by. */
static const char *const names[LANGUAGES] = {
	"|dan|danish|dansk|",
	"|deu|ger|german|deutsch|",
	"|eng|english|",
	"|spa|spanish|espanol|castellano|",
	"|fin|finnish|suomi|",
	"|fra|fre|french|francais|",
	"|hun|hungarian|magyar|",
	"|ita|italian|italiano|",
	"|nld|dut|dutch|nederlands|",
	"|nor|nb|nob|nn|nno|norwegian|norsk|bokmal|",
	"|por|portuguese|portugues|",
	"|rus|russian|русскии|",
	"|swe|swedish|svenska|",
};

/* The commonest words, folded, with the languages that have them among theirs; in the order of their bytes. */
static const struct common {
	char word[COMMON_BYTES];
	uint16_t languages;
} common[] = {
	{"aan", NL}, {"aber", DE}, {"af", DA}, {"akkor", HU}, {"anche", IT}, {"and", EN}, {"ar", SV}, {"are", EN},
	{"auch", DE}, {"auf", DE}, {"av", NO | SV}, {"avec", FR}, {"az", HU}, {"azt", HU}, {"ble", NO}, {"blev", DA | SV},
	{"but", EN}, {"c", FR}, {"ce", FR}, {"che", IT}, {"com", PT}, {"como", ES}, {"con", ES}, {"csak", HU},
	{"cuando", ES}, {"dans", FR}, {"das", DE}, {"dass", DE}, {"dat", NL}, {"della", IT}, {"der", DE}, {"des", FR},
	{"det", DA | NO | SV}, {"di", IT}, {"die", DE}, {"een", NL}, {"egy", HU}, {"ei", FI}, {"ein", DE}, {"eine", DE},
	{"el", ES}, {"er", DA | NO}, {"essere", IT}, {"est", FR}, {"esto", ES}, {"etta", FI}, {"eu", PT}, {"ez", HU},
	{"fazer", PT}, {"for", EN}, {"gli", IT}, {"han", FI}, {"have", EN}, {"hebben", NL}, {"het", NL}, {"hogy", HU},
	{"hva", NO}, {"hvad", DA}, {"hvor", DA | NO}, {"ich", DE}, {"igen", HU}, {"ik", NL}, {"ikke", DA | NO},
	{"il", IT}, {"inte", SV}, {"is", EN}, {"isso", PT}, {"ist", DE}, {"it", EN}, {"ja", FI}, {"jag", SV}, {"je", FR},
	{"jeg", DA | NO}, {"joka", FI}, {"kun", FI}, {"las", ES}, {"les", FR}, {"los", ES}, {"maar", NL},
	{"mais", FR | PT}, {"meg", HU}, {"meget", DA}, {"mert", HU}, {"mina", FI}, {"mit", DE}, {"molto", IT},
	{"muito", PT}, {"mutta", FI}, {"muy", ES}, {"mycket", SV}, {"mye", NO}, {"myos", FI}, {"nagot", SV},
	{"nagra", SV}, {"nao", PT}, {"nem", HU}, {"nicht", DE}, {"niet", NL}, {"niin", FI}, {"noe", NO}, {"noen", NO},
	{"noget", DA}, {"nogle", DA}, {"non", IT}, {"nous", FR}, {"o", PT}, {"och", SV}, {"ocksa", SV}, {"of", EN},
	{"og", DA | NO}, {"ogsa", DA | NO}, {"olen", FI}, {"oli", FI}, {"on", FI}, {"ook", NL}, {"pas", FR},
	{"perche", IT}, {"pero", ES}, {"piu", IT}, {"por", ES}, {"porque", ES | PT}, {"pour", FR}, {"que", ES},
	{"questo", IT}, {"qui", FR}, {"se", FI}, {"sich", DE}, {"sono", IT}, {"sur", FR}, {"tambem", PT}, {"that", EN},
	{"the", EN}, {"they", EN}, {"this", EN}, {"til", DA | NO}, {"till", SV}, {"to", EN}, {"um", PT}, {"uma", PT},
	{"una", ES}, {"und", DE}, {"une", FR}, {"vad", SV}, {"vagy", HU}, {"van", HU | NL}, {"var", SV}, {"voce", PT},
	{"volt", HU}, {"voor", NL}, {"vous", FR}, {"was", EN}, {"we", EN}, {"wenn", DE}, {"wij", NL}, {"wir", DE},
	{"with", EN}, {"wordt", NL}, {"y", ES}, {"you", EN}, {"zijn", NL}, {"в", RU}, {"все", RU}, {"и", RU}, {"как", RU},
	{"мы", RU}, {"на", RU}, {"не", RU}, {"но", RU}, {"он", RU}, {"с", RU}, {"так", RU}, {"что", RU}, {"это", RU},
	{"я", RU},
};

const char *language_code(struct span said)
{
	char name[24] = "|";
	size_t n = 1;
	said = span_trim(said);
	while (n - 1 < said.n && n < sizeof name - 2 && isalpha((unsigned char)said.p[n - 1])) {
		name[n] = (char)tolower((unsigned char)said.p[n - 1]);
		n++;
	}
	name[n] = '|';
	name[n + 1] = '\0';
	for (size_t i = 0; i < LANGUAGES; i++)
		if ((n == 3 && memcmp(name + 1, language_codes[i], 2) == 0) || (n > 2 && strstr(names[i], name)))
			return language_codes[i];
	return NULL;
}

enum { COMMON = sizeof common / sizeof *common };

struct census {
	size_t n_words;
	uint16_t n[COMMON];    /* how often each of them stands there */
	uint8_t head[256], next[COMMON]; /* the common words of a slot: their numbers from 1 on, 0 ends them */
};
_Static_assert(COMMON < 256, "their numbers fit");

static size_t slot_of(const char *word, size_t n)
{
	return ((unsigned char)word[0] * 31u + (unsigned char)word[n - 1] * 17u + n * 7u) & 0xFF;
}

static bool count(void *data, const struct token *token)
{
	struct census *c = data;
	struct span word = token->text;
	if (word.n && word.n < COMMON_BYTES)
		for (size_t i = c->head[slot_of(word.p, word.n)]; i; i = c->next[i - 1])
			if (common[i - 1].word[word.n] == '\0' && memcmp(common[i - 1].word, word.p, word.n) == 0) {
				c->n[i - 1]++;
				break;
			}
	return ++c->n_words < LOOKED_AT;
}

const char *language_guess(struct tokens *tokens, struct span text)
{
	struct census c = {0};
	size_t n[LANGUAGES] = {0}, best = 0;
	for (size_t i = 0; i < COMMON; i++) {
		uint8_t *head = &c.head[slot_of(common[i].word, strlen(common[i].word))];
		c.next[i] = *head;
		*head = (uint8_t)(i + 1);
	}
	tokens_each(tokens, text, count, &c);
	for (size_t i = 0; i < COMMON; i++)
		for (size_t k = 0; c.n[i] && k < LANGUAGES; k++)
			n[k] += common[i].languages >> k & 1 ? c.n[i] : 0;
	for (size_t i = 1; i < LANGUAGES; i++)
		if (n[i] > n[best])
			best = i;
	return n[best] >= ENOUGH && n[best] * SHARE >= c.n_words ? language_codes[best] : NULL;
}
