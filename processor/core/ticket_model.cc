#include "processor/core/ticket_model.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace mercaptan::processor {
namespace {

// The names that HTTP, MQTT, the store and the policy files use, in enum order.
constexpr std::array<std::string_view, 5> kKindNames{"repair", "complaint", "hazard", "inspection",
                                                     "callback"};
constexpr std::array<std::string_view, kTicketStateCount> kStateNames{
    "raised",    "dispatched", "accepted", "departed", "on_site",
    "made_safe", "repaired",   "closed",   "cancelled"};
constexpr std::array<std::string_view, 20> kEventNames{
    "dispatch",       "accept",    "decline",       "depart",        "arrive",
    "make_safe",      "repair",    "close",         "cancel",        "reopen",
    "reclassify",     "note",      "raised",        "clock_started", "clock_warned",
    "clock_breached", "clock_met", "clock_stopped", "escalated",     "joined"};
constexpr std::array<std::string_view, 4> kClockStatusNames{"running", "met", "breached",
                                                            "stopped"};
constexpr std::array<std::string_view, kSymptomCount> kSymptomNames{
    "gas_smell", "leak",           "pipe_break",  "fire",        "explosion",
    "no_gas",    "abnormal_flame", "meter_fault", "valve_fault", "appliance_fault",
    "other"};

static_assert(kKindNames[static_cast<std::size_t>(TicketKind::callback)] == "callback");
static_assert(kStateNames[static_cast<std::size_t>(TicketState::cancelled)] == "cancelled");
static_assert(kEventNames[static_cast<std::size_t>(TicketEvent::joined)] == "joined");
static_assert(kEventNames[kOperatorEventCount - 1] == "note");
static_assert(kClockStatusNames[static_cast<std::size_t>(ClockStatus::stopped)] == "stopped");
static_assert(kSymptomNames[static_cast<std::size_t>(Symptom::other)] == "other");

template <class Enum, std::size_t N>
std::optional<Enum> from_name(const std::array<std::string_view, N>& names, std::size_t count,
                              std::string_view name) {
    const auto end = names.begin() + static_cast<std::ptrdiff_t>(count);
    const auto found = std::find(names.begin(), end, name);
    if (found == end) return std::nullopt;
    return static_cast<Enum>(found - names.begin());
}

}  // namespace

std::string_view to_string(TicketKind kind) {
    return kKindNames[static_cast<std::size_t>(kind)];
}

std::string_view to_string(TicketState state) {
    return kStateNames[static_cast<std::size_t>(state)];
}

std::string_view to_string(TicketEvent event) {
    return kEventNames[static_cast<std::size_t>(event)];
}

std::string_view to_string(ClockStatus status) {
    return kClockStatusNames[static_cast<std::size_t>(status)];
}

std::string_view to_string(Symptom symptom) {
    return kSymptomNames[static_cast<std::size_t>(symptom)];
}

std::optional<TicketKind> ticket_kind_from(std::string_view name) {
    return from_name<TicketKind>(kKindNames, kKindNames.size(), name);
}

std::optional<TicketState> ticket_state_from(std::string_view name) {
    return from_name<TicketState>(kStateNames, kStateNames.size(), name);
}

std::optional<TicketEvent> operator_event_from(std::string_view name) {
    return from_name<TicketEvent>(kEventNames, kOperatorEventCount, name);
}

std::optional<Symptom> symptom_from(std::string_view name) {
    return from_name<Symptom>(kSymptomNames, kSymptomNames.size(), name);
}

}  // namespace mercaptan::processor
