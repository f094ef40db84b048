/* routes.h - the handlers of http_routes and ws_routes, one file a group (route_*.c, live.c).
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_ROUTES_H
#define SERVER_ROUTES_H

#include "server/filter.h"
#include "server/http.h"
#include "server/ws.h"

/* ?channel= and ?actor_kind=. False: the request has been answered with 400. */
bool route_filter(struct http *h, struct filter *filter);

/* Serves what the route's page builder makes. These are the pages that `publish` writes as files too. */
void route_page(struct http *h);
struct page;
void page_of_home(struct page *page);
void page_of_show(struct page *page);             /* /shows/{show}/, /shows/{show}/page/{n} */
void page_of_episode(struct page *page);          /* /shows/{show}/{slug}, also .vtt .srt .json .txt .chapters.json */
void page_of_loose_transcript(struct page *page); /* /transcripts/{slug}: a site without shows */
void page_of_conferences(struct page *page);      /* /conferences/ */
void page_of_conference(struct page *page);       /* /conferences/{name}/ */
void page_of_talk(struct page *page);             /* /conferences/{name}/{slug}, as an episode's */
void page_of_people(struct page *page);           /* /people/, /people/page/{n} */
void page_of_person(struct page *page);           /* /people/{slug} */
void page_of_episode_embed(struct page *page);    /* an item's address and /embed: a player for other sites' pages */
void page_of_loose_embed(struct page *page);
void page_of_talk_embed(struct page *page);
void page_of_episode_oembed(struct page *page);   /* an item's address and /oembed.json */
void page_of_loose_oembed(struct page *page);
void page_of_talk_oembed(struct page *page);
void page_of_oembed(struct page *page);           /* /oembed?url= */
void page_of_schedule(struct page *page);         /* /conferences/{name}/schedule.xml */
void page_of_sitemap(struct page *page);          /* /sitemap.xml, /sitemap/{n} */
void page_of_robots(struct page *page);           /* /robots.txt */
void page_of_search(struct page *page);
void page_of_feed(struct page *page);             /* /feeds/... (transcripts/feed_address.h) */
void page_of_planet(struct page *page);           /* /planet/, /planet/page/{n} */
void page_of_planet_source(struct page *page);    /* /planet/{source}/, /planet/{source}/page/{n} */
void page_of_planet_atom(struct page *page);      /* /feeds/planet.atom */
void page_of_planet_opml(struct page *page);      /* /feeds/planet.opml */
void page_of_preview(struct page *page);          /* /previews/{file}/{part} */

void route_station(struct http *h);
void route_listen_mp3(struct http *h);    /* /stations/{name}/listen.mp3 */
void route_listen_opus(struct http *h);
void route_clip(struct http *h);          /* /stations/{name}/{clip.*} */
void route_hls_list(struct http *h);      /* /stations/{name}/hls.m3u8, and what it lists */
void route_hls_file(struct http *h);
void route_events(struct http *h);        /* /stations/{name}/events, Server-Sent Events */
void route_search_api(struct http *h);
void route_suggest(struct http *h);       /* /api/suggest */
void route_media(struct http *h);         /* /media/{file} */
void route_push(struct http *h);          /* POST /sources/{name}/events */
int route_push_admits(struct http *h);
void route_asset(struct http *h);         /* /assets/{digest}/{file} */
void route_health(struct http *h);
void route_metrics(struct http *h);

/* /stations/{name}/live, subprotocol carillon.v1 (live.c) */
bool live_accepts(struct server *server, struct span station);
void live_opened(struct ws *ws);
void live_received(struct ws *ws, struct span message, bool is_text);
void live_closed(struct ws *ws);

#endif
