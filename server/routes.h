/* routes.h - the handlers of http_routes and ws_routes, one file a group (route_*.c, live.c).
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_ROUTES_H
#define SERVER_ROUTES_H

#include "server/filter.h"
#include "server/http.h"
#include "server/ws.h"

/* ?channel= and ?actor_kind=. False: the request has been answered with 400. */
bool route_filter(struct http *h, struct filter *filter);

void route_home(struct http *h);
void route_station(struct http *h);
void route_listen_mp3(struct http *h);    /* /stations/{name}/listen.mp3 */
void route_listen_opus(struct http *h);
void route_clip(struct http *h);          /* /stations/{name}/{clip.*} */
void route_hls_list(struct http *h);      /* /stations/{name}/hls.m3u8, and what it lists */
void route_hls_file(struct http *h);
void route_events(struct http *h);        /* /stations/{name}/events, Server-Sent Events */
void route_show(struct http *h);          /* /shows/{show}/ */
void route_episode(struct http *h);       /* /shows/{show}/{slug}, also .vtt .srt .json .txt */
void route_loose_transcript(struct http *h); /* /transcripts/{slug}: a site without shows */
void route_conferences(struct http *h);   /* /conferences/ */
void route_conference(struct http *h);    /* /conferences/{name}/ */
void route_talk(struct http *h);          /* /conferences/{name}/{slug}, also .vtt .srt .json .txt */
void route_people(struct http *h);        /* /people/ */
void route_person(struct http *h);        /* /people/{slug} */
void route_planet(struct http *h);        /* /planet/ and /planet/{source}/ */
void route_planet_atom(struct http *h);   /* /feeds/planet.atom */
void route_planet_opml(struct http *h);   /* /feeds/planet.opml */
void route_search_page(struct http *h);
void route_search_api(struct http *h);
void route_suggest(struct http *h);       /* /api/suggest */
void route_feed(struct http *h);          /* /feeds/... (transcripts/feed_address.h) */
void route_preview(struct http *h);       /* /previews/{file}/{part} */
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
