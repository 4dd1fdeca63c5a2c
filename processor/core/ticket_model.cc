#include "processor/core/ticket_model.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace mercaptan::processor {
namespace {

// The names that HTTP, MQTT and the policy files use, in enum order.
constexpr std::array<std::string_view, kTicketKindCount> kKindNames{
    "repair",   "complaint",    "hazard", "inspection",
    "callback", "planned_work", "ledger", "emergency_plan"};
constexpr std::array<std::string_view, 4> kCategoryNames{"open", "waiting", "done", "void"};
constexpr std::array<std::string_view, 4> kClockStatusNames{"running", "met", "breached",
                                                            "stopped"};
constexpr std::array<std::string_view, kSymptomCount> kSymptomNames{
    "gas_smell", "leak",           "pipe_break",  "fire",        "explosion",
    "no_gas",    "abnormal_flame", "meter_fault", "valve_fault", "appliance_fault",
    "other"};

static_assert(kKindNames[static_cast<std::size_t>(TicketKind::emergency_plan)] == "emergency_plan");
static_assert(kCategoryNames[static_cast<std::size_t>(StateCategory::voided)] == "void");
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

std::string_view to_string(StateCategory category) {
    return kCategoryNames[static_cast<std::size_t>(category)];
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

bool is_reserved_event(std::string_view name) {
    return name == TicketEvent::raised.name || name == TicketEvent::joined.name ||
           name == TicketEvent::escalated.name || name == TicketEvent::migrate.name ||
           name.starts_with("clock_");
}

std::optional<Symptom> symptom_from(std::string_view name) {
    return from_name<Symptom>(kSymptomNames, kSymptomNames.size(), name);
}

}  // namespace mercaptan::processor
