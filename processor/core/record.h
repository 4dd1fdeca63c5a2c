#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/domain/instant.h"
#include "common/domain/reading.h"
#include "processor/core/alarm.h"
#include "processor/core/rulebook.h"
#include "processor/core/ticket_model.h"

namespace mercaptan::processor {

/// A device's connection was made or lost (its last will).
struct OnlineChange {
    Name site;
    Name device;
    bool online = false;
    Instant received_at;
    Origin origin;
};

/// The gateway holds a message that it could not read.
struct UnreadableMessage {
    Name site;
    Name device;
    bool on_alarm_topic = false;
    std::string reason;
    Instant received_at;
    Origin origin;
};

/// What became of a valve command, the gateway's own or ours.
struct ValveReport {
    enum class Outcome : std::uint8_t { sent, done, failed, no_answer };
    Name site;
    Name valve;
    std::string command_id;
    Outcome outcome = Outcome::sent;
    std::string detail;
    std::string ticket;
    std::string reason;
    Instant received_at;
    Origin origin;
};

/// A report by a person.
struct FaultReport {
    TicketKind kind = TicketKind::repair;
    std::optional<TicketClass> ticket_class;
    std::string policy;  // Empty: by kind and class.
    std::string channel;
    Name site;
    Name zone;
    Symptom symptom = Symptom::other;
    std::optional<Instant> received_at;  // A report entered late.
    std::optional<Instant> occurred_at;  // When it happened, as the person says.
    std::string description;
    std::string safety;  // JSON object as given.
};

struct TicketCommand {
    std::string ticket_id;
    TicketEvent event = TicketEvent::note;
    std::optional<Instant> at;  // When it happened, if not now.
    std::optional<std::uint64_t> if_version;
    std::string note;
    Name crew;                                // For dispatch: to whom; empty: the engine chooses.
    std::optional<TicketClass> ticket_class;  // For reclassify.
    std::vector<Field> fields;                // What it brings as evidence.
};

struct AlarmCommand {
    std::string alarm_id;
    AlarmEvent event = AlarmEvent::ack;
    std::optional<Instant> until;  // For shelve and shelve_once; empty: as long as is usual.
    std::string note;
};

/// What a person asked for, by whatever face. Answered by a Reply once committed.
struct OperatorCommand {
    std::uint64_t id = 0;  // Of the waiting caller; means nothing to the core.
    std::string actor;
    std::string idempotency_key;
    std::variant<FaultReport, TicketCommand, AlarmCommand> what;
};

/// A new rulebook is in force from here on.
struct Reload {
    std::shared_ptr<const Rulebook> rulebook;
};

/// Time passed: deadlines up to the record's time are due.
struct Tick {};

/// The one thing the core is fed with. `at` never goes backwards.
struct Record {
    Instant at;
    Name gateway;  // Who sent it; empty for what did not come from a gateway.
    std::variant<Tick, Reading, OnlineChange, UnreadableMessage, ValveReport, OperatorCommand,
                 Reload>
        body;
};

}  // namespace mercaptan::processor
