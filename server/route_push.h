/* route_push.h - requests with pushed events that are being read: a large one is mapped in slices, between which the loop
 * does its other work. For verb_serve.c. Loop thread only.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_ROUTE_PUSH_H
#define SERVER_ROUTE_PUSH_H

struct push_jobs;
struct server;

struct push_jobs *push_jobs_create(struct server *server);
/* When the loop has run; before ingest is destroyed. Then no request is left. Accepts NULL. */
void push_jobs_destroy(struct push_jobs *jobs);

#endif
