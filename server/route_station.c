/* route_station.c - GET /stations/NAME: the listening page. What changes every second comes over the live socket.
 * SPDX-License-Identifier: MIT */
#include "base/escape.h"
#include "server/health.h"
#include "server/page.h"
#include "server/routes.h"

/* The state of every source that this station listens to, for the person who looks at the page. */
static cJSON *source_states(const struct server *server, const struct config_station *station)
{
	cJSON *list = cJSON_CreateArray();
	for (size_t i = 0; i < server->config->n_sources; i++) {
		if (!server->sources)
			continue;
		if (station->source.n && !config_list_has(&station->source, span_of(server->config->sources[i].name)))
			continue;
		char text[HEALTH_TEXT];
		health_describe(server, i, text);
		enum source_state state = server->sources[i] ? source_status(server->sources[i]).state : SOURCE_FAILED;
		bool is_stale = health_source_is_stale(server, i);
		cJSON *source = cJSON_CreateObject();
		cJSON_AddStringToObject(source, "name", server->config->sources[i].name);
		cJSON_AddStringToObject(source, "state", source_state_name(is_stale ? SOURCE_FAILED : state));
		cJSON_AddStringToObject(source, "text", text);
		cJSON_AddItemToArray(list, source);
	}
	return list;
}

enum { RECENT = 20 };

/* What happened last, newest first, as station.js lists it. */
static cJSON *recent_events(const struct hub_station *station)
{
	cJSON *list = cJSON_CreateArray();
	const struct event *ev;
	for (size_t i = 0; i < RECENT && (ev = hub_station_recent(station, i)); i++) {
		cJSON *item = cJSON_CreateObject();
		struct buf change = {0};
		if (span_is(ev->kind, "join"))
			buf_text(&change, "a new account");
		else
			buf_format(&change, "%s%.15g %.*s by ", ev->polarity > 0 ? "+" : ev->polarity < 0 ? "\xE2\x88\x92" : "\xC2\xB1",
				ev->magnitude, SPAN_ARG(ev->unit));
		page_add_text(item, "label", ev->label);
		page_add_text(item, "url", ev->url);
		page_add_text(item, "change", buf_view(&change));
		if (!span_is(ev->kind, "join"))
			page_add_text(item, "actor", ev->actor.p ? ev->actor : SPAN_LITERAL("somebody"));
		cJSON_AddStringToObject(item, "actor_kind", actor_kind_name(ev->actor_kind));
		cJSON_AddItemToArray(list, item);
		buf_finish(&change);
	}
	return list;
}

void route_station(struct http *h)
{
	struct server *server = http_server(h);
	const struct config_station *station = config_station(server->config, http_part(h, 0));
	if (!station) {
		http_error(h, 404, "no station of this name");
		return;
	}
	struct page page = {.server = server};
	struct buf text = {0};
	buf_text(&text, "/stations/");
	escape_url(&text, span_of(station->name));
	cJSON *data = page_data(&page, station->title, "", text.p);
	cJSON_AddStringToObject(data, "name", station->name);
	cJSON_AddStringToObject(data, "heading", station->title);
	cJSON_AddItemToObject(data, "sources", source_states(server, station));
	char trouble[HEALTH_TEXT];
	if (health_log(server, trouble))
		cJSON_AddStringToObject(data, "trouble", trouble);
	const struct hub_station *running = hub_station(server->hub, span_of(station->name));
	cJSON_AddNumberToObject(data, "rate", hub_station_rate(running));
	cJSON_AddItemToObject(data, "recent", recent_events(running));
	buf_finish(&text);
	page_render(&page, "station", data);
	static const struct http_field no_store[] = {{"cache-control", "no-store"}, {NULL, NULL}};
	http_reply(h, 200, "text/html; charset=utf-8", &page.out, no_store);
	buf_finish(&page.out);
}
