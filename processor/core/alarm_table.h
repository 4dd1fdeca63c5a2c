#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>

namespace mercaptan::processor {

/// What can happen to an alarm. The first nine are for the engine, the others for operators.
enum class AlarmEvent : std::uint8_t {
    raise,         // The condition came true.
    renew,         // It came true again after its ticket had ended in danger.
    clear,         // The condition came false.
    release,       // The ticket ended.
    expire,        // The time of its shelving is up.
    re_alarm,      // It stood acknowledged for too long.
    enter_window,  // A purge or maintenance window of its site began.
    leave_window,  // That window ended.
    promote,       // The rules have made its condition Class 1.
    ack,
    confirm,
    reset,
    shelve,       // Until a time.
    shelve_once,  // Until this occurrence ends, at the latest until a time.
    unshelve,
    suppress,
    unsuppress,
    out_of_service,
    in_service,
};
inline constexpr std::size_t kAlarmEventCount = 19;
inline constexpr AlarmEvent kFirstOperatorEvent = AlarmEvent::ack;

[[nodiscard]] std::string_view to_string(AlarmEvent event);
/// Of the events that an operator may send.
[[nodiscard]] std::optional<AlarmEvent> alarm_event_from(std::string_view name);

/// What can be true of an alarm when an event comes. The order is that in which a refusal looks for
/// its reason.
enum class AlarmFact : std::uint8_t {
    emergency,  // Of the moment: its condition is Class 1,
    latches,    // its condition latches,
    in_time,    // the event names a time that lies ahead.
    active,     // The rest is kept in the alarm, but for `made_safe`.
    latched,
    present,
    acked,
    confirmed,
    shelved,       // Timed.
    shelved_once,  // One-shot.
    suppressed,
    by_design,
    out_of_service,
    made_safe,  // Of the moment: its place was made safe, or it has no ticket.
};
inline constexpr std::size_t kAlarmFactCount = 14;

[[nodiscard]] std::string_view to_string(AlarmFact fact);

class AlarmFacts {
public:
    constexpr AlarmFacts() = default;
    constexpr AlarmFacts(std::initializer_list<AlarmFact> facts) {
        for (const AlarmFact fact : facts) set(fact, true);
    }
    [[nodiscard]] constexpr bool has(AlarmFact fact) const { return (bits_ & bit(fact)) != 0; }
    constexpr void set(AlarmFact fact, bool value) {
        bits_ = value ? bits_ | bit(fact) : bits_ & ~bit(fact);
    }
    [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
    [[nodiscard]] constexpr AlarmFacts with(AlarmFacts more) const {
        return AlarmFacts{bits_ | more.bits_};
    }
    [[nodiscard]] constexpr AlarmFacts without(AlarmFacts others) const {
        return AlarmFacts{bits_ & ~others.bits_};
    }
    [[nodiscard]] constexpr bool any_of(AlarmFacts others) const {
        return (bits_ & others.bits_) != 0;
    }
    [[nodiscard]] constexpr bool all_of(AlarmFacts others) const {
        return (bits_ & others.bits_) == others.bits_;
    }
    bool operator==(const AlarmFacts&) const = default;

private:
    constexpr explicit AlarmFacts(std::uint32_t bits) : bits_{bits} {}
    static constexpr std::uint32_t bit(AlarmFact fact) {
        return 1U << static_cast<std::uint32_t>(fact);
    }
    std::uint32_t bits_ = 0;
};

/// What keeps an alarm quiet.
inline constexpr AlarmFacts kQuietFacts{AlarmFact::shelved, AlarmFact::shelved_once,
                                        AlarmFact::suppressed, AlarmFact::by_design,
                                        AlarmFact::out_of_service};

enum class Occurrence : std::uint8_t { goes_on, begins, ends };

/// One row: of the rows of an event the first that fits is taken.
struct AlarmTransition {
    AlarmEvent event = AlarmEvent::raise;
    AlarmFacts needs;
    AlarmFacts forbids;
    AlarmFacts sets;
    AlarmFacts clears;
    Occurrence occurrence = Occurrence::goes_on;
};

/// The whole state model. The code, the tests and the table in ALARMS.md are made from it.
[[nodiscard]] std::span<const AlarmTransition> alarm_transitions();

/// The row that takes the event in this state, or nullptr.
[[nodiscard]] const AlarmTransition* transition_for(AlarmEvent event, AlarmFacts facts);

/// Why no row takes it: what the first row of the event misses.
[[nodiscard]] std::string_view objection_to(AlarmEvent event, AlarmFacts facts);

}  // namespace mercaptan::processor
