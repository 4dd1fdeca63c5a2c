#include "processor/io/rows_legacy.h"

#include <array>
#include <cstddef>

namespace mercaptan::processor {
namespace {

constexpr auto kOpen = StateCategory::open;
constexpr std::array<TicketState, 9> kStates{{
    {"raised"},
    {"dispatched"},
    {"accepted", kOpen, true},
    {"departed", kOpen, true, false, true},
    {"on_site", kOpen, true},
    {"made_safe", kOpen, true, true},
    {"repaired", kOpen, true, true},
    {"closed", StateCategory::done, true, true},
    {"cancelled", StateCategory::voided, true, true},
}};
constexpr std::array<TicketEvent, 20> kEvents{{
    {"dispatch"},       {"accept"},    {"decline"},       {"depart"},        {"arrive"},
    {"make_safe"},      {"repair"},    {"close"},         {"cancel"},        {"reopen"},
    {"reclassify"},     {"note"},      {"raised"},        {"clock_started"}, {"clock_warned"},
    {"clock_breached"}, {"clock_met"}, {"clock_stopped"}, {"escalated"},     {"joined"},
}};

}  // namespace

std::optional<TicketState> legacy_state(std::uint32_t number) {
    return number < kStates.size() ? std::optional{kStates[number]} : std::nullopt;
}

std::optional<TicketEvent> legacy_event(std::uint32_t number) {
    return number < kEvents.size() ? std::optional{kEvents[number]} : std::nullopt;
}

}  // namespace mercaptan::processor
