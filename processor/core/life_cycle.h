#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/result.h"
#include "common/domain/text.h"
#include "processor/core/calendar.h"
#include "processor/core/ticket_model.h"

namespace mercaptan::processor {

/// One bit per state or event of a life cycle, by its place in the file.
using StateMask = std::uint32_t;
using EventMask = std::uint64_t;
inline constexpr std::size_t kStatesMax = 24;
inline constexpr std::size_t kEventsMax = 40;

[[nodiscard]] constexpr StateMask state_bit(std::size_t state) {
    return StateMask{1} << state;
}
[[nodiscard]] constexpr EventMask event_bit(std::size_t event) {
    return EventMask{1} << event;
}

/// What an event does beside moving the ticket. The engine knows these verbs, and no event.
enum class Action : std::uint8_t {
    send_crew,   // Somebody from the roster gets the order.
    take_on,     // The crew that sends it has it from now on.
    next_crew,   // The crew gives it back; another one gets the order.
    restart,     // The work begins again, with a crew if the policy sends one by itself.
    reclassify,  // The ticket goes under the policy of another class.
    hand_over,   // Another crew has it from now on, in the state that it is in.
};

enum class FieldType : std::uint8_t { text, number, flag, time, choice, photo, signature };

/// A field that an event must bring, and what it must hold.
struct FieldRule {
    Name name;
    FieldType type = FieldType::text;
    std::optional<double> below;     // Exclusive: under 20 %LEL.
    std::optional<double> at_least;  // Inclusive: a hold of at least 15 minutes.
    std::vector<std::string> one_of;
    bool optional = false;
    /// It comes with each event of this kind, even where evidence is only asked for: what was
    /// recorded before says nothing of this time.
    bool always = false;
};

/// What the public is told when an event happens, in the words of CAP 1.2.
struct NoticeRule {
    enum class Message : std::uint8_t { alert, update, cancel };
    enum class Category : std::uint8_t { safety, infra, fire };
    enum class Urgency : std::uint8_t { immediate, expected, future, past, unknown };
    enum class Severity : std::uint8_t { extreme, severe, moderate, minor, unknown };
    enum class Certainty : std::uint8_t { observed, likely, possible, unlikely, unknown };
    enum class Response : std::uint8_t {
        none,
        shelter,
        evacuate,
        prepare,
        avoid,
        monitor,
        all_clear
    };
    struct Text {
        std::string headline;
        std::string instruction;
    };
    std::string sender;  // Who tells: no spaces, commas, `<` or `&` (CAP 1.2, 3.2.1).
    Message message =
        Message::alert;  // What is not an alert refers to the ticket's notices before.
    Category category = Category::safety;
    Urgency urgency = Urgency::unknown;
    Severity severity = Severity::unknown;
    Certainty certainty = Certainty::unknown;
    Response response = Response::none;
    Text zh;
    Text en;
};
/// The fields that an event with a notice brings: where, and whether it is real.
inline constexpr std::string_view kNoticeArea = "area";
inline constexpr std::string_view kNoticeStatus = "status";  // actual, exercise or test.

struct StateRule {
    TicketState state;
    bool finished = false;  // The work is said to be done: begun again, it did not hold.
    std::string zh;
    std::string en;

    [[nodiscard]] bool is_finished() const {
        return finished || state.category == StateCategory::done;
    }
};

struct EventRule {
    TicketEvent event;
    StateMask from = 0;
    StateMask from_below_class_1 = 0;  // From these too, unless the ticket is of Class 1.
    std::optional<std::uint8_t> to;    // Absent: the state stays.
    std::vector<Name> who;             // Roles; empty: anybody.
    std::vector<Name> who_class_1;     // For a Class 1 ticket, if not empty.
    std::vector<Name> who_lowers;      // For reclassify to a less grave class.
    bool needs_note = false;
    std::optional<HoursOfDay> reported;  // Only for what was reported at this time of day.
    std::vector<FieldRule> needs;
    std::vector<Action> actions;
    std::shared_ptr<const NoticeRule> notice;  // Or nullptr.
    /// It takes a step back: clocks that run go on, and only what had been reached starts anew.
    bool takes_back = false;
    std::string zh;
    std::string en;

    [[nodiscard]] bool does(Action action) const;
};

/// The states of a kind of work and what leads from one to the next, as a file declares them. A
/// ticket begins in the first state.
struct LifeCycle {
    Name name;
    std::string text;  // Its file.
    std::vector<StateRule> states;
    std::vector<EventRule> events;

    [[nodiscard]] std::optional<std::uint8_t> state(std::string_view called) const;
    [[nodiscard]] std::optional<std::uint8_t> event(std::string_view called) const;
    /// The first event that does this, or nullptr.
    [[nodiscard]] const EventRule* event_doing(Action action) const;
    [[nodiscard]] StateMask states_of(StateCategory category) const;
    [[nodiscard]] StateMask open_states() const;
};

/// Whether the text is what the rule asks for; fails with invalid_input and what was expected.
[[nodiscard]] Result<void> check_field(const FieldRule& rule, std::string_view value);

}  // namespace mercaptan::processor
