/* SPDX-License-Identifier: MIT */
#include "server/websub.h"

#include <curl/curl.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/escape.h"
#include "base/mem.h"
#include "server/fetch.h"

enum { SECONDS = 10 };

struct websub {
	char *hub;
	struct buf form;
	size_t n;
};

struct websub *websub_create(const char *hub)
{
	struct websub *w = mem_new(1, sizeof *w);
	w->hub = hub ? mem_strdup(hub) : NULL;
	return w;
}

void websub_destroy(struct websub *w)
{
	buf_finish(&w->form);
	free(w->hub);
	free(w);
}

void websub_add(struct websub *w, const char *feed_url)
{
	if (!w->n)
		buf_text(&w->form, "hub.mode=publish");
	/* hub.url is what most hubs read, hub.topic what the specification's examples say. */
	static const char *const names[] = {"&hub.url=", "&hub.topic="};
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		buf_text(&w->form, names[i]);
		escape_url(&w->form, span_of(feed_url));
	}
	w->n++;
}

static size_t ignore(char *bytes, size_t size, size_t n, void *data)
{
	(void)bytes, (void)data;
	return size * n;
}

/* The answer's status, or 0 with why in text. */
static long post(const char *url, const struct buf *form, char text[CURL_ERROR_SIZE])
{
	long status = 0;
	fetch_init();
	CURL *curl = curl_easy_init();
	ASSERT(curl);
	text[0] = '\0';
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, form->p);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)form->n);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "Carillon/" CARILLON_VERSION);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, text);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)SECONDS);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	CURLcode code = curl_easy_perform(curl);
	if (code == CURLE_OK)
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	else if (!text[0])
		strncat(text, curl_easy_strerror(code), CURL_ERROR_SIZE - 1);
	curl_easy_cleanup(curl);
	return status;
}

struct websub_counts websub_send(struct websub *w)
{
	char text[CURL_ERROR_SIZE];
	if (!w->hub || !w->n)
		return (struct websub_counts){0};
	long status = post(w->hub, &w->form, text);
	if (status >= 200 && status < 300) {
		DIAG(DIAG_INFO, "websub", "the hub was told of %zu feed%s", w->n, w->n == 1 ? "" : "s");
		return (struct websub_counts){w->n, 0};
	}
	if (status)
		DIAG(DIAG_WARN, "websub", "the hub answered %ld; its subscribers hear of %zu feeds later", status, w->n);
	else
		DIAG(DIAG_WARN, "websub", "the hub can't be told of %zu feeds: %s", w->n, text);
	return (struct websub_counts){0, w->n};
}
