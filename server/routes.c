/* routes.c - the two tables: which path goes to which handler.
 * SPDX-License-Identifier: MIT */
#include "server/routes.h"

#include "server/assets.h"
#include "server/config.h"
#include "server/page.h"
#include "server/push.h"
#include "server/server.h"
#include "server/wikimon.h"

/* Addresses of before (carillon.yaml's redirects) go before all others. */
static const struct config_redirect *redirect_of(struct http *h)
{
	return config_redirect(http_server(h)->config, http_request(h)->path);
}

static bool is_redirected(struct http *h)
{
	return redirect_of(h) != NULL;
}

static void route_redirected(struct http *h)
{
	http_redirect(h, 301, redirect_of(h)->to);
}

const struct http_route http_routes[] = {
	{HTTP_GET, "/{path...}", route_redirected, .applies = is_redirected},
	{HTTP_GET, "/", route_page, .build = page_of_home},
	{HTTP_GET, "/stations/{name}", route_station},
	{HTTP_GET, "/stations/{name}/events", route_events},
	{HTTP_GET, "/stations/{name}/listen.mp3", route_listen_mp3},
	{HTTP_GET, "/stations/{name}/listen.opus", route_listen_opus},
	{HTTP_GET, "/stations/{name}/hls.m3u8", route_hls_list},
	{HTTP_GET, "/stations/{name}/hls/{file}", route_hls_file},
	{HTTP_GET, "/stations/{name}/{file}", route_clip},
	{HTTP_GET, "/shows/{show}/", route_page, .build = page_of_show},
	{HTTP_GET, "/shows/{show}", route_page, .build = page_of_show},
	{HTTP_GET, "/shows/{show}/page/{n}", route_page, .build = page_of_show},
	{HTTP_GET, "/shows/{show}/{slug}", route_page, .build = page_of_episode},
	{HTTP_GET, "/shows/{show}/{slug}/embed", route_page, .build = page_of_episode_embed},
	{HTTP_GET, "/shows/{show}/{slug}/oembed.json", route_page, .build = page_of_episode_oembed},
	{HTTP_GET, "/transcripts/{slug}/embed", route_page, .build = page_of_loose_embed},
	{HTTP_GET, "/transcripts/{slug}/oembed.json", route_page, .build = page_of_loose_oembed},
	{HTTP_GET, "/transcripts/{slug}", route_page, .build = page_of_loose_transcript},
	{HTTP_GET, "/conferences/", route_page, .build = page_of_conferences},
	{HTTP_GET, "/conferences/{name}/", route_page, .build = page_of_conference},
	{HTTP_GET, "/conferences/{name}", route_page, .build = page_of_conference},
	{HTTP_GET, "/conferences/{name}/schedule.xml", route_page, .build = page_of_schedule},
	{HTTP_GET, "/conferences/{name}/{slug}", route_page, .build = page_of_talk},
	{HTTP_GET, "/conferences/{name}/{slug}/embed", route_page, .build = page_of_talk_embed},
	{HTTP_GET, "/conferences/{name}/{slug}/oembed.json", route_page, .build = page_of_talk_oembed},
	{HTTP_GET, "/oembed", route_page, .build = page_of_oembed},
	{HTTP_GET, "/sitemap.xml", route_page, .build = page_of_sitemap},
	{HTTP_GET, "/sitemap/{n}", route_page, .build = page_of_sitemap},
	{HTTP_GET, "/robots.txt", route_page, .build = page_of_robots},
	{HTTP_GET, "/people/", route_page, .build = page_of_people},
	{HTTP_GET, "/people/page/{n}", route_page, .build = page_of_people},
	{HTTP_GET, "/people/{slug}", route_page, .build = page_of_person},
	{HTTP_GET, "/planet/", route_page, .build = page_of_planet},
	{HTTP_GET, "/planet", route_page, .build = page_of_planet},
	{HTTP_GET, "/planet/page/{n}", route_page, .build = page_of_planet},
	{HTTP_GET, "/planet/{source}/", route_page, .build = page_of_planet_source},
	{HTTP_GET, "/planet/{source}", route_page, .build = page_of_planet_source},
	{HTTP_GET, "/planet/{source}/page/{n}", route_page, .build = page_of_planet_source},
	{HTTP_GET, "/search", route_page, .build = page_of_search},
	{HTTP_GET, "/api/search", route_search_api},
	{HTTP_GET, "/api/suggest", route_suggest},
	{HTTP_GET, "/feeds/planet.atom", route_page, .build = page_of_planet_atom},
	{HTTP_GET, "/feeds/planet.opml", route_page, .build = page_of_planet_opml},
	{HTTP_GET, "/feeds/{path...}", route_page, .build = page_of_feed},
	{HTTP_GET, "/media/{file}", route_media},
	{HTTP_GET, "/previews/{file}/{part}", route_page, .build = page_of_preview},
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

void route_page(struct http *h)
{
	page_serve(h, http_matched(h)->build);
}

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
