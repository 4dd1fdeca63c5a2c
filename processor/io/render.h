#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/domain/registry.h"
#include "processor/core/alarm.h"
#include "processor/core/device.h"
#include "processor/core/effect.h"
#include "processor/core/ticket_model.h"
#include "processor/io/rows.h"

// The JSON that leaves the processor, the same for HTTP, events and MQTT. All append to `out`; all
// but the reporter are free of personal data.
namespace mercaptan::processor {

/// The ticket as everybody sees it: `GET` lists, MQTT, events.
void render_ticket(std::string& out, const Ticket& ticket);

/// The single ticket of the API: with what the report said in its own words and who reported, first
/// to last. Personal data: for nowhere else.
void render_ticket_in_full(std::string& out, const Ticket& ticket,
                           std::span<const Reporter> reporters);

/// An item of a ticket's history.
void render_log_entry(std::string& out, const LogEntry& entry);

/// `now` decides whether a shelved alarm still is.
void render_alarm(std::string& out, const Alarm& alarm, Instant now);

void render_dispatch_order(std::string& out, const DispatchOrder& order);
void render_page(std::string& out, const Page& page);
/// `{"zh","en","steps":[{"id","zh","en"}]}`
void render_guidance(std::string& out, std::string_view cause_condition);

/// A device by its registry entry, its state, or both; at least one must be given.
void render_device(std::string& out, const std::optional<RegistryEntry>& entry,
                   const DeviceRow* state);

void render_reading(std::string& out, const HistoryRow& row);

}  // namespace mercaptan::processor
