/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "log_helper.h"
#include "server/token_store.h"

#include <cmocka.h>

struct rig {
	char *var, *file;
	struct token_store *store;
	int faults, last_line;
};

static void on_fault(void *data, const char *file, int line, const char *text)
{
	struct rig *rig = data;
	assert_string_equal(file, rig->file);
	assert_true(strlen(text) > 0);
	rig->faults++;
	rig->last_line = line;
}

static void rig_init(struct rig *rig)
{
	*rig = (struct rig){.var = temp_folder()};
	rig->file = file_join(rig->var, "tokens");
	rig->store = token_store_open(rig->var, on_fault, rig);
}

static void rig_finish(struct rig *rig)
{
	token_store_close(rig->store);
	free(rig->file);
	remove_folder(rig->var);
}

static void add(struct rig *rig, const char *name, const char *stream, char text[TOKEN_TEXT + 1])
{
	struct why why = {0};
	enum err e = token_store_add(rig->store, name, stream, text, &why);
	if (e)
		print_message("# %s\n", why.text);
	assert_int_equal(e, OK);
	assert_int_equal(token_store_refresh(rig->store, NULL), OK);
}

static void tokens_have_one_form_and_none_is_like_another(void **state)
{
	(void)state;
	char text[TOKEN_TEXT + 1], other[TOKEN_TEXT + 1];
	struct span id;
	for (int i = 0; i < 200; i++) {
		assert_int_equal(token_make(text, NULL), OK);
		assert_int_equal(token_make(other, NULL), OK);
		assert_string_not_equal(text, other);
		assert_true(token_parse(span_of(text), &id));
		assert_int_equal(id.n, TOKEN_ID_TEXT);
		assert_true(span_starts(span_of(text), "carillon_"));
	}
	const char *const wrong[] = {"", "carillon_", "x", "carillon_abcdefgh_",
		"carillon_abcdefgh_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1",
		"carillon_ABCDEFGH_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"karillon_abcdefgh_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_false(token_parse(span_of(wrong[i]), &id));
}

static void the_hash_is_sha256(void **state)
{
	(void)state;
	unsigned char hash[TOKEN_HASH], other[TOKEN_HASH];
	token_hash(SPAN_LITERAL("abc"), hash); /* FIPS 180-4's example */
	const unsigned char expected[] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea};
	assert_memory_equal(hash, expected, sizeof expected);
	token_hash(SPAN_LITERAL("abd"), other);
	assert_false(token_hash_equal(hash, other));
	assert_true(token_hash_equal(hash, hash));
}

static void a_token_is_found_and_its_neighbours_are_not(void **state)
{
	(void)state;
	struct rig rig;
	char text[TOKEN_TEXT + 1], any[TOKEN_TEXT + 1];
	rig_init(&rig);
	assert_int_equal(token_store_refresh(rig.store, NULL), OK);
	assert_int_equal(token_store_count(rig.store), 0);
	add(&rig, "robot", "deploys", text);
	add(&rig, "all", NULL, any);
	const struct token_entry *entry = token_store_find(rig.store, span_of(text));
	assert_non_null(entry);
	assert_string_equal(entry->name, "robot");
	assert_string_equal(entry->stream, "deploys");
	assert_ptr_equal(entry, token_store_find_id(rig.store, span_of(entry->id)));
	entry = token_store_find(rig.store, span_of(any));
	assert_non_null(entry);
	assert_null(entry->stream);
	for (size_t i = 0; i < TOKEN_TEXT; i++) {
		char near[TOKEN_TEXT + 1];
		memcpy(near, text, sizeof near);
		near[i] = near[i] == 'a' ? 'b' : 'a';
		assert_null(token_store_find(rig.store, span_of(near)));
	}
	assert_null(token_store_find(rig.store, span_make(text, TOKEN_TEXT - 1)));
	rig_finish(&rig);
}

static void the_file_is_private_and_has_no_secret(void **state)
{
	(void)state;
	struct rig rig;
	char text[TOKEN_TEXT + 1];
	struct stat info;
	struct buf content = {0};
	rig_init(&rig);
	add(&rig, "robot", "deploys", text);
	assert_int_equal(stat(rig.file, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	assert_int_equal(file_read(rig.file, 1 << 20, &content, NULL), OK);
	struct span secret = span_of(text + TOKEN_TEXT - TOKEN_SECRET_TEXT);
	assert_int_equal(span_search(buf_view(&content), secret, 0), content.n);
	assert_int_equal(content.p[0], '#');
	buf_finish(&content);
	rig_finish(&rig);
}

static void a_name_is_taken_once_and_free_when_it_is_revoked(void **state)
{
	(void)state;
	struct rig rig;
	char first[TOKEN_TEXT + 1], second[TOKEN_TEXT + 1];
	rig_init(&rig);
	add(&rig, "robot", NULL, first);
	assert_int_equal(token_store_add(rig.store, "robot", NULL, second, NULL), E_DENIED);
	assert_int_equal(token_store_add(rig.store, "Robot", NULL, second, NULL), E_FORMAT);
	assert_int_equal(token_store_add(rig.store, "", NULL, second, NULL), E_FORMAT);
	assert_int_equal(token_store_add(rig.store, "a b", NULL, second, NULL), E_FORMAT);
	assert_int_equal(token_store_revoke(rig.store, "nobody", NULL), E_GONE);
	assert_int_equal(token_store_revoke(rig.store, "#", NULL), E_GONE);
	assert_int_equal(token_store_revoke(rig.store, "robot", NULL), OK);
	assert_int_equal(token_store_refresh(rig.store, NULL), OK);
	assert_null(token_store_find(rig.store, span_of(first)));
	add(&rig, "robot", NULL, second);
	assert_null(token_store_find(rig.store, span_of(first)));
	assert_non_null(token_store_find(rig.store, span_of(second)));
	rig_finish(&rig);
}

static void another_process_s_changes_are_seen_at_the_next_look(void **state)
{
	(void)state;
	struct rig rig;
	char text[TOKEN_TEXT + 1];
	rig_init(&rig);
	struct token_store *server = token_store_open(rig.var, on_fault, &rig);
	for (int i = 0; i < 20; i++) {
		add(&rig, "robot", NULL, text);
		assert_int_equal(token_store_refresh(server, NULL), OK);
		assert_non_null(token_store_find(server, span_of(text)));
		assert_int_equal(token_store_revoke(rig.store, "robot", NULL), OK);
		assert_int_equal(token_store_refresh(server, NULL), OK);
		assert_null(token_store_find(server, span_of(text)));
	}
	add(&rig, "robot", NULL, text);
	assert_int_equal(token_store_refresh(server, NULL), OK);
	assert_int_equal(unlink(rig.file), 0);
	assert_int_equal(token_store_refresh(server, NULL), OK);
	assert_int_equal(token_store_count(server), 0);
	token_store_close(server);
	rig_finish(&rig);
}

static void a_broken_line_is_told_the_rest_counts_and_it_stays(void **state)
{
	(void)state;
	struct rig rig;
	char one[TOKEN_TEXT + 1], two[TOKEN_TEXT + 1];
	struct buf content = {0};
	rig_init(&rig);
	add(&rig, "one", NULL, one);
	assert_int_equal(file_read(rig.file, 1 << 20, &content, NULL), OK);
	buf_text(&content, "this is no token\n\n  \nbad_hash abcdefgh 12 * 2026-11-20T09:30:00Z\n");
	assert_int_equal(file_replace_private(rig.file, buf_view(&content), NULL), OK);
	assert_int_equal(token_store_refresh(rig.store, NULL), OK);
	assert_int_equal(rig.faults, 2);
	assert_int_equal(rig.last_line, 7);
	assert_non_null(token_store_find(rig.store, span_of(one)));
	add(&rig, "two", NULL, two);
	assert_non_null(token_store_find(rig.store, span_of(one)));
	assert_non_null(token_store_find(rig.store, span_of(two)));
	buf_clear(&content);
	assert_int_equal(file_read(rig.file, 1 << 20, &content, NULL), OK);
	assert_true(span_search(buf_view(&content), SPAN_LITERAL("this is no token\n"), 0) < content.n);
	buf_finish(&content);
	rig_finish(&rig);
}

static void what_root_makes_belongs_to_whose_the_folder_is(void **state)
{
	(void)state;
	enum { NOBODY = 65534 };
	struct rig rig;
	char text[TOKEN_TEXT + 1];
	struct stat info;
	if (geteuid() != 0)
		skip();
	rig_init(&rig);
	assert_int_equal(chown(rig.var, NOBODY, NOBODY), 0);
	add(&rig, "robot", NULL, text);
	assert_int_equal(stat(rig.file, &info), 0);
	assert_int_equal(info.st_uid, NOBODY);
	assert_int_equal(info.st_mode & 0777, 0600);
	assert_int_equal(token_store_revoke(rig.store, "robot", NULL), OK);
	assert_int_equal(stat(rig.file, &info), 0);
	assert_int_equal(info.st_uid, NOBODY);
	rig_finish(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_have_one_form_and_none_is_like_another),
		cmocka_unit_test(the_hash_is_sha256),
		cmocka_unit_test(a_token_is_found_and_its_neighbours_are_not),
		cmocka_unit_test(the_file_is_private_and_has_no_secret),
		cmocka_unit_test(a_name_is_taken_once_and_free_when_it_is_revoked),
		cmocka_unit_test(another_process_s_changes_are_seen_at_the_next_look),
		cmocka_unit_test(what_root_makes_belongs_to_whose_the_folder_is),
		cmocka_unit_test(a_broken_line_is_told_the_rest_counts_and_it_stays),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
