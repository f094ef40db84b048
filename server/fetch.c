/* SPDX-License-Identifier: MIT */
#include "server/fetch.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "server/address.h"

enum { MOST_REDIRECTS = 5, ALL_MS = 60000, CONNECT_MS = 15000, STALL_SECONDS = 20, STALL_BYTES = 50,
	HEADER_BYTES = 2048, POST_SECONDS = 10 };

enum header { TYPE, ETAG, LAST_MODIFIED, LOCATION, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, HEADERS };
static const char *const header_names[HEADERS] = {"content-type", "etag", "last-modified", "location", "cache-control",
	"content-encoding", "content-length", "content-range"};

struct transfer {
	struct fetcher *fetcher;
	struct transfer *next;
	CURL *easy;
	struct curl_slist *fields;
	fetch_done *done;
	void *data;
	char *url, *moved_to;
	char *etag, *last_modified, *if_range; /* to be asked with */
	char *headers[HEADERS];
	struct buf body;
	size_t limit;
	const struct fetch_sink *sink;
	int64_t from;
	int n_redirects;
	bool is_named, is_private, is_head, has_begun;
	bool is_permanent;          /* every redirect so far was */
	bool is_over_limit, is_forbidden, is_ready; /* is_ready: refused before it began */
	int64_t deadline_ms;
	char forbidden[64];
	struct why why;
	char error[CURL_ERROR_SIZE];
};

struct fetcher {
	struct fetch_options options;
	CURLM *multi;
	struct transfer *transfers;
	size_t n;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode global_code;

static void global_init(void)
{
	global_code = curl_global_init(CURL_GLOBAL_DEFAULT);
}

void fetch_init(void)
{
	pthread_once(&once, global_init);
}

/* ---- what libcurl calls ---- */

static const char *header(const struct transfer *t, enum header which)
{
	return t->headers[which] ? t->headers[which] : "";
}

/* "bytes 100-199/200": the first byte, the whole file's length; -1 for what isn't said. */
static void read_range(const struct transfer *t, int64_t *from, int64_t *length)
{
	struct span range = span_of(header(t, CONTENT_RANGE));
	size_t blank = span_find(range, ' '), dash = span_find(range, '-'), slash = span_find(range, '/');
	*from = *length = -1;
	if (range.n && dash > blank && !span_to_i64(span_make(range.p + blank + 1, dash - blank - 1), from))
		*from = -1;
	if (range.n && !span_to_i64(span_from(range, slash + 1), length))
		*length = -1;
}

static int64_t whole_length(const struct transfer *t, long status)
{
	int64_t from, length;
	if (status == 206) {
		read_range(t, &from, &length);
		return length;
	}
	return span_to_i64(span_of(header(t, CONTENT_LENGTH)), &length) && length >= 0 ? length : -1;
}

/* True when the answer is what was asked for, and its body shall be kept. */
static bool is_wanted(const struct transfer *t, long status)
{
	const char *encoding = header(t, CONTENT_ENCODING);
	return (status == 200 || (status == 206 && t->from > 0)) &&
		(!*encoding || span_equal_nocase(span_of(encoding), SPAN_LITERAL("identity")));
}

static bool begin_sink(struct transfer *t, long status)
{
	struct fetch_head head = {.status = (int)status, .from = -1, .length = whole_length(t, status), .etag = header(t, ETAG),
		.last_modified = header(t, LAST_MODIFIED), .type = header(t, TYPE)};
	int64_t length;
	if (status == 206)
		read_range(t, &head.from, &length);
	t->has_begun = true;
	return t->sink->begin(t->sink->data, &head);
}

static size_t to_sink(struct transfer *t, const char *bytes, size_t n)
{
	long status = 0;
	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	if (!is_wanted(t, status))
		return n; /* an error's page, a redirect's: nobody reads it */
	if (!t->has_begun && !begin_sink(t, status))
		return 0;
	return t->sink->bytes(t->sink->data, bytes, n) ? n : 0;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *data)
{
	struct transfer *t = data;
	n *= size;
	if (t->sink)
		return to_sink(t, bytes, n);
	if (t->body.n + n > t->limit) {
		t->is_over_limit = true;
		return 0;
	}
	buf_add(&t->body, bytes, n);
	return n;
}

static void forget_headers(struct transfer *t)
{
	for (int i = 0; i < HEADERS; i++) {
		free(t->headers[i]);
		t->headers[i] = NULL;
	}
}

static size_t on_header(char *bytes, size_t size, size_t n, void *data)
{
	struct transfer *t = data;
	n *= size;
	struct span line = span_trim(span_make(bytes, n));
	size_t colon = span_find(line, ':');
	if (span_starts(line, "HTTP/"))
		forget_headers(t); /* of a 1xx before it */
	for (int i = 0; i < HEADERS && colon < line.n; i++) {
		struct span value = span_trim(span_from(line, colon + 1));
		if (t->headers[i] || value.n > HEADER_BYTES || !span_equal_nocase(span_make(line.p, colon), span_of(header_names[i])))
			continue;
		t->headers[i] = span_dup(value);
	}
	return n;
}

static bool may_connect(struct transfer *t, const struct sockaddr *address)
{
	const struct fetch_options *o = &t->fetcher->options;
	bool is_public = o->allows ? o->allows(address) : address_is_public(address);
	if (t->is_named && t->n_redirects == 0) {
		t->is_private = !is_public;
		return true;
	}
	return t->is_private || o->allows_private || is_public;
}

/* Called with each address right before it is connected to: what the name resolved to, however it is spelled. */
static curl_socket_t on_open(void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *t = data;
	(void)purpose;
	if (!may_connect(t, &address->addr)) {
		t->is_forbidden = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Once more when the connection stands, for one that libcurl has kept. */
static int on_request(void *data, char *peer, char *local, int peer_port, int local_port)
{
	struct transfer *t = data;
	struct sockaddr_in a4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)peer_port)};
	struct sockaddr_in6 a6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)peer_port)};
	(void)local, (void)local_port;
	if (inet_pton(AF_INET, peer, &a4.sin_addr) == 1 && may_connect(t, (const struct sockaddr *)&a4))
		return CURL_PREREQFUNC_OK;
	if (inet_pton(AF_INET6, peer, &a6.sin6_addr) == 1 && may_connect(t, (const struct sockaddr *)&a6))
		return CURL_PREREQFUNC_OK;
	t->is_forbidden = true;
	return CURL_PREREQFUNC_ABORT;
}

/* ---- one request ---- */

static bool is_port_allowed(int port)
{
	return port == 80 || port == 443 || (port >= 1024 && port <= 65535);
}

/* The address as libcurl reads it; false, with why, when this program doesn't go there. */
static bool check_url(struct transfer *t)
{
	CURLU *u = curl_url();
	char *scheme = NULL, *host = NULL, *user = NULL, *port = NULL;
	CURLUcode code = curl_url_set(u, CURLUPART_URL, t->url, 0);
	bool ok = false;
	if (code == CURLUE_OK)
		code = curl_url_get(u, CURLUPART_SCHEME, &scheme, 0);
	if (code == CURLUE_OK)
		code = curl_url_get(u, CURLUPART_HOST, &host, 0);
	if (code == CURLUE_OK)
		code = curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT);
	if (code != CURLUE_OK)
		(void)why_set(&t->why, E_FORMAT, "'%.100s' is no address (%s); write https://HOST/PATH", t->url,
			curl_url_strerror(code));
	else if (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0)
		(void)why_set(&t->why, E_DENIED, "'%.100s' is neither http: nor https:; only these are fetched", t->url);
	else if (curl_url_get(u, CURLUPART_USER, &user, 0) == CURLUE_OK)
		(void)why_set(&t->why, E_DENIED, "the address holds a user's name, which would be shown; use one without");
	else if (!t->fetcher->options.allows_private && !(t->is_named && t->n_redirects == 0) && !t->is_private &&
		!is_port_allowed(atoi(port)))
		(void)why_set(&t->why, E_DENIED, "port %.8s is no web server's; only 80, 443 and those from 1024 on are asked", port);
	else
		ok = true;
	curl_free(scheme);
	curl_free(host);
	curl_free(user);
	curl_free(port);
	curl_url_cleanup(u);
	return ok;
}

static void add_field(struct transfer *t, const char *name, const char *value)
{
	struct buf field = {0};
	/* What came as a header line holds no line end; what was kept might. */
	if (value && *value && !strpbrk(value, "\r\n")) {
		buf_format(&field, "%s: %s", name, value);
		t->fields = curl_slist_append(t->fields, field.p);
	}
	buf_finish(&field);
}

static void set_up(struct transfer *t)
{
	CURL *c = t->easy;
	int64_t left = t->deadline_ms - clock_mono_ms();
	curl_easy_reset(c);
	curl_slist_free_all(t->fields);
	t->fields = NULL;
	add_field(t, "Accept", "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, "
		"application/json;q=0.8, */*;q=0.1");
	add_field(t, "Accept-Encoding", "identity");
	add_field(t, "If-None-Match", t->etag);
	add_field(t, "If-Modified-Since", t->last_modified);
	if (t->from > 0) {
		char range[40];
		snprintf(range, sizeof range, "bytes=%lld-", (long long)t->from);
		add_field(t, "Range", range);
		add_field(t, "If-Range", t->if_range);
	}
	curl_easy_setopt(c, CURLOPT_URL, t->url);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, t->fields);
	curl_easy_setopt(c, CURLOPT_USERAGENT, t->fetcher->options.user_agent);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	/* Through a proxy the addresses would be the proxy's to choose. */
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L);
	if (!t->sink)
		curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)(left > 1 ? left : 1));
	curl_easy_setopt(c, CURLOPT_NOBODY, (long)t->is_head);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)STALL_SECONDS);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, (long)STALL_BYTES);
	if (!t->sink && !t->is_head)
		curl_easy_setopt(c, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)t->limit);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->error);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, on_open);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, t);
	curl_easy_setopt(c, CURLOPT_PREREQFUNCTION, on_request);
	curl_easy_setopt(c, CURLOPT_PREREQDATA, t);
	curl_easy_setopt(c, CURLOPT_PRIVATE, t);
}

static void begin(struct transfer *t)
{
	t->error[0] = '\0';
	buf_clear(&t->body);
	forget_headers(t);
	if (!check_url(t)) {
		t->is_ready = true;
		fetch_wake(t->fetcher);
		return;
	}
	set_up(t);
	curl_multi_add_handle(t->fetcher->multi, t->easy);
}

void fetch_start(struct fetcher *f, const struct fetch_request *r, fetch_done *done, void *data)
{
	struct transfer *t = mem_new(1, sizeof *t);
	*t = (struct transfer){.fetcher = f, .done = done, .data = data, .url = mem_strdup(r->url), .limit = r->limit,
		.etag = mem_strdup(r->etag ? r->etag : ""), .last_modified = mem_strdup(r->last_modified ? r->last_modified : ""),
		.if_range = mem_strdup(r->if_range ? r->if_range : ""), .from = r->from, .sink = r->sink, .is_head = r->is_head,
		.is_named = r->is_named, .is_permanent = true, .deadline_ms = clock_mono_ms() + ALL_MS, .easy = curl_easy_init(), .next = f->transfers};
	ASSERT(t->easy);
	f->transfers = t;
	f->n++;
	begin(t);
}

static void free_transfer(struct transfer *t)
{
	struct fetcher *f = t->fetcher;
	struct transfer **at = &f->transfers;
	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	f->n--;
	curl_multi_remove_handle(f->multi, t->easy);
	curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->fields);
	forget_headers(t);
	buf_finish(&t->body);
	free(t->url);
	free(t->moved_to);
	free(t->etag);
	free(t->last_modified);
	free(t->if_range);
	free(t);
}

/* ---- what came of it ---- */

static int64_t max_age_ms(const struct transfer *t)
{
	struct span rest = span_of(header(t, CACHE_CONTROL)), piece;
	int64_t seconds;
	while (span_next_piece(&rest, ',', &piece)) {
		piece = span_trim(piece);
		size_t equals = span_find(piece, '=');
		if (span_equal_nocase(span_make(piece.p, equals), SPAN_LITERAL("max-age")) &&
			span_to_i64(span_from(piece, equals + 1), &seconds) && seconds > 0)
			return seconds < INT64_C(31536000) ? seconds * 1000 : INT64_C(31536000000);
	}
	return 0;
}

static bool is_redirect(long status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* What to do, for whom it concerns. */
static const char *advice(const struct transfer *t, const char *planet, const char *command)
{
	return t->fetcher->options.is_command ? command : planet;
}

/* Goes where Location says; false, with why, when that is no place to go. */
static bool follow(struct transfer *t, long status)
{
	char *next = NULL;
	if (t->n_redirects == MOST_REDIRECTS) {
		(void)why_set(&t->why, E_LIMIT, "it redirects more than %d times; open it in a browser, and %s", MOST_REDIRECTS,
			advice(t, "put the address where that ends under planet:", "name the address where that ends"));
		return false;
	}
	/* Seen from here, by libcurl's own reading. */
	if (curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_URL, &next) != CURLE_OK || !next) {
		(void)why_set(&t->why, E_FORMAT, "it redirects (%ld), and doesn't say where to", status);
		return false;
	}
	t->n_redirects++;
	t->is_permanent = t->is_permanent && (status == 301 || status == 308);
	char *url = mem_strdup(next);
	free(t->url);
	t->url = url;
	/* What follows a temporary one is temporary; what went before it isn't. */
	if (t->is_permanent) {
		free(t->moved_to);
		t->moved_to = mem_strdup(url);
	}
	return true;
}

static void say_failure(struct transfer *t, CURLcode code, long status)
{
	static const char again[] = "it is tried again", later[] = "try again later";
	const char *said = t->error[0] ? t->error : curl_easy_strerror(code);
	if (t->is_over_limit || code == CURLE_FILESIZE_EXCEEDED)
		(void)why_set(&t->why, E_LIMIT, "it is larger than %zu MiB; %s", t->limit >> 20,
			advice(t, "ask for a shorter feed there", "fetch it with another program, and name the file"));
	else if (code == CURLE_OPERATION_TIMEDOUT)
		(void)why_set(&t->why, E_TIMEOUT, "no whole answer in time (%.100s); %s", said, advice(t, again, later));
	else if (code)
		(void)why_set(&t->why, E_IO, "it can't be reached (%.100s); %s", said, advice(t, again, later));
	else if (status == 404)
		(void)why_set(&t->why, E_GONE, "there is nothing at that address (404); correct it%s", advice(t, " under planet:", ""));
	else if (status == 401 || status == 403)
		(void)why_set(&t->why, E_DENIED, "the server doesn't let this program read it (%ld); ask its owner", status);
	else if (status == 429)
		(void)why_set(&t->why, E_AGAIN, "the server asks for fewer requests (429); %s", advice(t, "it is tried again later", later));
	else
		(void)why_set(&t->why, E_IO, "the server answered %ld; %s", status, advice(t, again, later));
}

static enum fetch_outcome judge(struct transfer *t, CURLcode code, long status)
{
	const char *encoding = header(t, CONTENT_ENCODING);
	if (t->is_forbidden) {
		(void)why_set(&t->why, E_DENIED, "its host is at an address of a private network or of this machine, where %s"
			" aren't fetched; if it shall be, set planet_private: true", advice(t, "feeds", "a public server's addresses"));
		return FETCH_REFUSED;
	}
	if (!code && status == 304)
		return FETCH_UNCHANGED;
	if (!code && status == 410) {
		(void)why_set(&t->why, E_GONE, "its owner says that it is gone for good (410)%s", advice(t, "; take it out from under planet:",
			"; ask him where it is now"));
		return FETCH_GONE;
	}
	if (code || (status != 200 && !is_wanted(t, status))) {
		say_failure(t, code, status);
		return FETCH_FAILED;
	}
	if (*encoding && !span_equal_nocase(span_of(encoding), SPAN_LITERAL("identity"))) {
		(void)why_set(&t->why, E_FORMAT, "the answer is compressed (%.20s) though it was asked for as it is; tell its owner",
			encoding);
		return FETCH_REFUSED;
	}
	if (t->sink && !t->has_begun && !begin_sink(t, status)) { /* there was no byte to begin with */
		(void)why_set(&t->why, E_IO, "it can't be kept");
		return FETCH_FAILED;
	}
	return FETCH_DONE;
}

static void conclude(struct transfer *t, enum fetch_outcome outcome, long status)
{
	curl_off_t retry_after = 0;
	if (!t->is_ready)
		curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &retry_after);
	struct fetch_result r = {.outcome = outcome, .status = (int)status, .body = t->body, .url = t->url,
		.moved_to = t->moved_to, .type = header(t, TYPE), .etag = header(t, ETAG), .last_modified = header(t, LAST_MODIFIED),
		.retry_after_ms = retry_after > 0 && retry_after < 31536000 ? (int64_t)retry_after * 1000 : 0,
		.max_age_ms = max_age_ms(t), .length = whole_length(t, status), .is_private = t->is_private,
		.why = t->why};
	t->body = (struct buf){0};
	t->done(t->data, &r);
	buf_finish(&r.body);
	free_transfer(t);
}

static void finished(struct transfer *t, CURLcode code)
{
	long status = 0;
	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_multi_remove_handle(t->fetcher->multi, t->easy);
	/* A redirect's own body may be as large as it likes. */
	bool moves = is_redirect(status) && !t->is_forbidden && (!code || t->is_over_limit || code == CURLE_FILESIZE_EXCEEDED);
	t->is_over_limit = t->is_over_limit && !moves;
	if (moves && follow(t, status))
		begin(t);
	else
		conclude(t, moves ? FETCH_FAILED : judge(t, code, status), status);
}

static void conclude_refused(struct fetcher *f)
{
	struct transfer *next;
	for (struct transfer *t = f->transfers; t; t = next) {
		next = t->next;
		if (!t->is_ready)
			continue;
		conclude(t, FETCH_REFUSED, 0);
		next = f->transfers; /* done may have started others */
	}
}

void fetch_wait(struct fetcher *f, int timeout_ms)
{
	int running, left;
	CURLMsg *message;
	conclude_refused(f);
	curl_multi_perform(f->multi, &running);
	while ((message = curl_multi_info_read(f->multi, &left))) {
		struct transfer *t;
		if (message->msg != CURLMSG_DONE)
			continue;
		CURLcode code = message->data.result;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &t);
		finished(t, code);
		timeout_ms = 0;
	}
	curl_multi_poll(f->multi, NULL, 0, timeout_ms, NULL);
}

size_t fetch_under_way(const struct fetcher *f)
{
	return f->n;
}

void fetch_wake(struct fetcher *f)
{
	curl_multi_wakeup(f->multi);
}

struct fetcher *fetch_create(const struct fetch_options *options)
{
	fetch_init();
	if (global_code != CURLE_OK)
		return NULL;
	struct fetcher *f = mem_new(1, sizeof *f);
	f->options = *options;
	f->multi = curl_multi_init();
	ASSERT(f->multi);
	curl_multi_setopt(f->multi, CURLMOPT_MAX_HOST_CONNECTIONS, 1L);
	curl_multi_setopt(f->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)options->most_at_once);
	curl_multi_setopt(f->multi, CURLMOPT_MAXCONNECTS, (long)options->most_at_once);
	return f;
}

void fetch_destroy(struct fetcher *f)
{
	if (!f)
		return;
	while (f->transfers)
		free_transfer(f->transfers);
	curl_multi_cleanup(f->multi);
	free(f);
}

static size_t ignore(char *bytes, size_t size, size_t n, void *data)
{
	(void)bytes, (void)data;
	return size * n;
}

int fetch_post(const char *url, struct span form, struct why *why)
{
	char text[CURL_ERROR_SIZE] = "";
	long status = 0;
	fetch_init();
	CURL *curl = curl_easy_init();
	ASSERT(curl);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, form.p);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)form.n);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "Carillon/" CARILLON_VERSION);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, text);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)POST_SECONDS);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	CURLcode code = curl_easy_perform(curl);
	if (code == CURLE_OK)
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	else
		(void)why_set(why, E_IO, "%s", text[0] ? text : curl_easy_strerror(code));
	curl_easy_cleanup(curl);
	return (int)status;
}
