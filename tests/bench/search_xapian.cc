// search_xapian - Xapian with a document a caption line: terms with positions, BM25, its own snippets.
// SPDX-License-Identifier: MIT
#include <string>
#include <xapian.h>

#include "tests/bench/search_peer.h"

static Xapian::Database *db;

void peer_build(const char *folder)
{
	Xapian::WritableDatabase out(std::string(folder) + "/xapian", Xapian::DB_CREATE_OR_OVERWRITE);
	Xapian::TermGenerator terms;
	struct peer_line line;
	while (peer_next_line(folder, &line)) {
		Xapian::Document document;
		document.set_data(line.text);
		terms.set_document(document);
		terms.index_text(line.text);
		document.add_value(0, line.recording);
		document.add_value(1, line.ms);
		out.add_document(document);
	}
	out.commit();
}

void peer_open(const char *folder)
{
	db = new Xapian::Database(std::string(folder) + "/xapian");
}

size_t peer_query(const struct peer_query *q, size_t *n_bytes)
{
	try {
		Xapian::Enquire enquire(*db);
		enquire.set_query(Xapian::Query(q->kind == PEER_PHRASE ? Xapian::Query::OP_PHRASE : Xapian::Query::OP_AND,
			q->words, q->words + q->n));
		Xapian::MSet found = enquire.get_mset(0, PEER_HITS);
		for (Xapian::MSetIterator hit = found.begin(); hit != found.end(); ++hit) {
			Xapian::Document document = hit.get_document();
			*n_bytes += found.snippet(document.get_data(), 100, Xapian::Stem(), Xapian::MSet::SNIPPET_BACKGROUND_MODEL,
				"<mark>", "</mark>").size();
		}
		return found.size();
	} catch (const Xapian::Error &error) {
		peer_fail(q->text, error.get_description().c_str());
		return 0;
	}
}
