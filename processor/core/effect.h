#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/domain/instant.h"
#include "common/domain/result.h"
#include "common/domain/text.h"
#include "processor/core/life_cycle.h"
#include "processor/core/ticket_model.h"

namespace mercaptan::processor {

/// A crew is to go. `order_id` is the receiver's de-duplication key.
struct DispatchOrder {
    std::string order_id;
    std::string ticket_id;
    std::optional<TicketClass> ticket_class;
    Name site;
    Name zone;
    Name crew;  // Empty: nobody is on duty; the dispatch centre must find somebody.
    std::uint32_t attempt = 1;
    Instant issued_at;
    std::optional<Instant> accept_by;
    std::optional<Instant> depart_by;
    Cause cause;
};

/// Somebody has to be woken.
struct Page {
    std::string page_id;  // The receiver's de-duplication key.
    std::string ticket_id;
    std::optional<TicketClass> ticket_class;
    Name site;
    Name zone;
    std::uint32_t level = 0;
    Name role;  // Of the escalation chain; empty: whoever is on call.
    Instant at;
    std::string reason;  // `clock depart breached`.
};

struct CloseValve {
    std::string command_id;
    Name gateway;
    Name site;
    Name valve;
    std::string ticket_id;
    std::string reason;
};

/// The public of an area is to be told.
struct PublicNotice {
    std::string notice_id;  // Of this ticket, in order: `T…-n1`.
    std::string ticket_id;
    Name zone;
    Instant sent_at;
    std::string status;  // actual, exercise or test.
    std::string area;
    std::string description;
    std::shared_ptr<const NoticeRule> rule;
    std::vector<NoticeRef> references;  // Notices that it updates or cancels.
};

/// The ticket's retained message can go: it ended a day ago.
struct ForgetTicket {
    std::string ticket_id;
};

using Effect = std::variant<DispatchOrder, Page, CloseValve, PublicNotice, ForgetTicket>;

/// The answer to an OperatorCommand; to be given once its record is committed.
struct Reply {
    std::uint64_t command = 0;
    std::optional<Error> error;
    std::vector<std::string> allowed;  // With a conflict: the events that would be taken.
    std::string ticket_id;
    std::string alarm_id;
    bool created = false;   // A ticket was opened, not joined or repeated.
    bool replayed = false;  // The idempotency key was seen before.
};

}  // namespace mercaptan::processor
