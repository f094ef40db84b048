/* route_station.c - GET /stations/NAME: the listening page. What changes every second comes over the live socket.
 * SPDX-License-Identifier: MIT */
#include "base/escape.h"
#include "server/page.h"
#include "server/routes.h"

static const char *const source_classes[] = {
	[SOURCE_WAITING] = "waiting", [SOURCE_CONNECTING] = "waiting", [SOURCE_LIVE] = "live", [SOURCE_FALLBACK] = "fallback",
	[SOURCE_ENDED] = "ended", [SOURCE_FAILED] = "failed",
};

/* The state of every source that this station listens to, for the person who looks at the page. */
static cJSON *source_states(const struct server *server, const struct config_station *station)
{
	cJSON *list = cJSON_CreateArray();
	for (size_t i = 0; i < server->config->n_sources; i++) {
		if (!server->sources || !server->sources[i])
			continue;
		if (station->source.n && !config_list_has(&station->source, span_of(server->config->sources[i].name)))
			continue;
		struct source_status status = source_status(server->sources[i]);
		cJSON *source = cJSON_CreateObject();
		cJSON_AddStringToObject(source, "name", status.name);
		cJSON_AddStringToObject(source, "state", source_classes[status.state]);
		cJSON_AddStringToObject(source, "text", status.text);
		cJSON_AddItemToArray(list, source);
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
	cJSON_AddNumberToObject(data, "rate", hub_station_rate(hub_station(server->hub, span_of(station->name))));
	buf_finish(&text);
	page_render(&page, "station", data);
	static const struct http_field no_store[] = {{"cache-control", "no-store"}, {NULL, NULL}};
	http_reply(h, 200, "text/html; charset=utf-8", &page.out, no_store);
	buf_finish(&page.out);
}
