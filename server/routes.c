/* routes.c - the two tables: which path goes to which handler.
 * SPDX-License-Identifier: MIT */
#include "server/routes.h"

#include "server/assets.h"
#include "server/push.h"
#include "server/wikimon.h"

const struct http_route http_routes[] = {
	{HTTP_GET, "/", route_home},
	{HTTP_GET, "/stations/{name}", route_station},
	{HTTP_GET, "/stations/{name}/events", route_events},
	{HTTP_GET, "/stations/{name}/listen.mp3", route_listen_mp3},
	{HTTP_GET, "/stations/{name}/listen.opus", route_listen_opus},
	{HTTP_GET, "/stations/{name}/hls.m3u8", route_hls_list},
	{HTTP_GET, "/stations/{name}/hls/{file}", route_hls_file},
	{HTTP_GET, "/stations/{name}/{file}", route_clip},
	{HTTP_GET, "/shows/{show}/", route_show},
	{HTTP_GET, "/shows/{show}", route_show},
	{HTTP_GET, "/shows/{show}/{slug}", route_episode},
	{HTTP_GET, "/transcripts/{slug}", route_loose_transcript},
	{HTTP_GET, "/conferences/", route_conferences},
	{HTTP_GET, "/conferences/{name}/", route_conference},
	{HTTP_GET, "/conferences/{name}", route_conference},
	{HTTP_GET, "/conferences/{name}/{slug}", route_talk},
	{HTTP_GET, "/people/", route_people},
	{HTTP_GET, "/people/{slug}", route_person},
	{HTTP_GET, "/planet/", route_planet},
	{HTTP_GET, "/planet", route_planet},
	{HTTP_GET, "/planet/{source}/", route_planet},
	{HTTP_GET, "/planet/{source}", route_planet},
	{HTTP_GET, "/search", route_search_page},
	{HTTP_GET, "/api/search", route_search_api},
	{HTTP_GET, "/api/suggest", route_suggest},
	{HTTP_GET, "/feeds/planet.atom", route_planet_atom},
	{HTTP_GET, "/feeds/planet.opml", route_planet_opml},
	{HTTP_GET, "/feeds/{path...}", route_feed},
	{HTTP_GET, "/media/{file}", route_media},
	{HTTP_GET, "/previews/{file}/{part}", route_preview},
	{HTTP_POST, "/sources/{name}/events", route_push, route_push_admits},
	{HTTP_GET, "/assets/{digest}/{file}", route_asset},
	{HTTP_GET, "/healthz", route_health},
	{HTTP_GET, "/metrics", route_metrics},
	{HTTP_GET, NULL, NULL},
};

const struct ws_route ws_routes[] = {
	{"/stations/{name}/live", "carillon.v1", live_accepts, live_opened, live_received, live_closed},
	{"/wikimon/{language}", NULL, wikimon_accepts, wikimon_opened, wikimon_received, wikimon_closed, .any_origin = true},
	{"/sources/{name}/push", NULL, NULL, push_opened, push_received, push_closed, .admits = push_admits},
	{.pattern = NULL},
};

bool route_filter(struct http *h, struct filter *filter)
{
	struct buf channels = {0}, kinds = {0};
	struct why why = {0};
	(void)http_query(h, "channel", &channels);
	(void)http_query(h, "actor_kind", &kinds);
	enum err e = filter_parse(buf_view(&channels), buf_view(&kinds), filter, &why);
	buf_finish(&channels);
	buf_finish(&kinds);
	if (e)
		http_error(h, 400, why.text);
	return e == OK;
}

void route_asset(struct http *h)
{
	const struct asset *asset = asset_find(http_part(h, 1));
	/* The digest stands in the URL so that a new program's page never runs an old script. */
	if (!asset || !span_is(http_part(h, 0), asset->digest) || span_starts(span_of(asset->name), "templates/")) {
		http_error(h, 404, "no such file");
		return;
	}
	static const struct {
		const char *ending, *type;
	} types[] = {
		{".js", "text/javascript; charset=utf-8"}, {".css", "text/css; charset=utf-8"}, {".wasm", "application/wasm"},
		{".svg", "image/svg+xml"}, {".png", "image/png"},
	};
	const char *type = "application/octet-stream";
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (span_ends(span_of(asset->name), types[i].ending))
			type = types[i].type;
	http_reply_static(h, type, asset->bytes, asset->digest, true);
}
