/* mailbox.h - a bounded queue of pointers from any threads to one. Sending transfers ownership; what the policy is when
 * it is full is said where each mailbox is created. The receiver waits on it, or is woken by the callback (the loop's
 * uv_async_send). Uses a mutex: never from an audio thread, which has ring.h.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_MAILBOX_H
#define BASE_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct mailbox;

/* wake(wake_data) is called after each send that found the mailbox empty, outside the lock; may be NULL. */
struct mailbox *mailbox_create(size_t capacity, void (*wake)(void *), void *wake_data);
/* Frees it; item_free (may be NULL) is called for what is still inside. No thread may use it any more. */
void mailbox_destroy(struct mailbox *m, void (*item_free)(void *));

/* Any thread. E_FULL: nothing was taken, the caller still owns it. E_GONE: closed. */
enum err mailbox_send(struct mailbox *m, void *item) NODISCARD;
/* Any thread. Waits for room; E_GONE: closed. */
enum err mailbox_send_wait(struct mailbox *m, void *item) NODISCARD;
/* Receiver. Moves up to `most` items to out and returns how many; 0 when empty. */
size_t mailbox_take(struct mailbox *m, void **out, size_t most);
/* Receiver. As mailbox_take, but waits up to timeout_ms (-1: for ever) for the first; 0 = timed out or closed and empty. */
size_t mailbox_wait(struct mailbox *m, void **out, size_t most, int timeout_ms);
/* Any thread. No more sends; the receiver drains what is left and then sees mailbox_is_drained. */
void mailbox_close(struct mailbox *m);
bool mailbox_is_drained(struct mailbox *m);
size_t mailbox_count(struct mailbox *m);

#endif
