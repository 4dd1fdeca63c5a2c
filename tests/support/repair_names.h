#pragma once

#include "processor/core/ticket_model.h"

namespace mercaptan::processor {

/// The states of a repair by name: what tests write for `TicketState`.
struct RepairState : TicketState {
    constexpr RepairState() = default;
    constexpr RepairState(TicketState state) : TicketState{state} {}
    static const RepairState raised, dispatched, accepted, departed, on_site, made_safe, repaired,
        closed, cancelled;
};
inline constexpr RepairState RepairState::raised{TicketState{"raised"}};
inline constexpr RepairState RepairState::dispatched{TicketState{"dispatched"}};
inline constexpr RepairState RepairState::accepted{TicketState{"accepted"}};
inline constexpr RepairState RepairState::departed{TicketState{"departed"}};
inline constexpr RepairState RepairState::on_site{TicketState{"on_site"}};
inline constexpr RepairState RepairState::made_safe{TicketState{"made_safe"}};
inline constexpr RepairState RepairState::repaired{TicketState{"repaired"}};
inline constexpr RepairState RepairState::closed{TicketState{"closed", StateCategory::done}};
inline constexpr RepairState RepairState::cancelled{
    TicketState{"cancelled", StateCategory::voided}};

/// What people send to a repair; the engine's own events are those of TicketEvent.
struct RepairEvent : TicketEvent {
    constexpr RepairEvent() = default;
    constexpr RepairEvent(TicketEvent event) : TicketEvent{event} {}
    static const RepairEvent dispatch, accept, decline, depart, arrive, make_safe, repair, close,
        cancel, reopen, reclassify;
};
inline constexpr RepairEvent RepairEvent::dispatch{TicketEvent{"dispatch"}};
inline constexpr RepairEvent RepairEvent::accept{TicketEvent{"accept"}};
inline constexpr RepairEvent RepairEvent::decline{TicketEvent{"decline"}};
inline constexpr RepairEvent RepairEvent::depart{TicketEvent{"depart"}};
inline constexpr RepairEvent RepairEvent::arrive{TicketEvent{"arrive"}};
inline constexpr RepairEvent RepairEvent::make_safe{TicketEvent{"make_safe"}};
inline constexpr RepairEvent RepairEvent::repair{TicketEvent{"repair"}};
inline constexpr RepairEvent RepairEvent::close{TicketEvent{"close"}};
inline constexpr RepairEvent RepairEvent::cancel{TicketEvent{"cancel"}};
inline constexpr RepairEvent RepairEvent::reopen{TicketEvent{"reopen"}};
inline constexpr RepairEvent RepairEvent::reclassify{TicketEvent{"reclassify"}};

}  // namespace mercaptan::processor
