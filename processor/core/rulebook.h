#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/instant.h"
#include "common/domain/quantity.h"
#include "common/domain/registry.h"
#include "common/domain/text.h"
#include "processor/core/calendar.h"
#include "processor/core/policy.h"
#include "processor/core/ticket_model.h"

namespace mercaptan::processor {

/// What a condition looks at.
enum class Input : std::uint8_t {
    gas_lel_pct,  // The highest of methane and LPG in %LEL; ppm and vol% are converted.
    quantity,     // One measured quantity, as it is.
    status,       // Any of a set of status flags.
    silence,      // Nothing was received for longer than the device's expected interval.
    valve,        // A valve command failed or was not answered.
    unreadable,   // A message on an alarm topic could not be read.
};

enum class Compare : std::uint8_t { at_least, at_most };

/// One level of a condition and how long it must hold. Several bands make a dose: EN 50291 lets
/// 300 ppm of CO last 3 minutes but 50 ppm an hour.
struct Band {
    double set = 0;
    double clear = 0;      // The deadband: between clear and set the state stays as it was.
    Duration on_delay{0};  // Between event times of the device's own readings.
};

/// Which alarms share one ticket.
enum class Hazard : std::uint8_t {
    leak,    // All leak and CO alarms and emergency reports of a site.
    device,  // All maintenance of one device.
};

/// A named predicate over a device's readings, and what it means when it holds.
struct Condition {
    std::string id;  // `gas.alarm`; unique.
    Input input = Input::gas_lel_pct;
    Quantity quantity = Quantity::ch4_lel_pct;  // For Input::quantity.
    StatusSet any_of;                           // For Input::status.
    Compare compare = Compare::at_least;
    std::vector<Band> bands;            // For gas_lel_pct and quantity: at least one.
    std::vector<DeviceKind> kinds;      // Which devices it applies to; empty: all.
    Duration off_delay{0};              // Between event times, before it clears.
    std::optional<TicketClass> ticket;  // Empty: an alarm without a ticket.
    Hazard hazard = Hazard::device;
    bool latched = false;          // Ends by a person's reset only.
    std::uint16_t severity = 500;  // 1 to 1000, as OPC UA Part 9.
};
inline constexpr std::size_t kConditionsMax = 32;  // One bit each in a device's state.

struct Rules {
    std::string version;  // What tickets name as their evidence; of the file's content.
    std::vector<Condition> conditions;
    /// 100 %LEL in vol%, by Gas: the base of every conversion from ppm or vol%.
    std::array<double, 3> lel_vol_pct{5.0, 2.1, 5.0};
    double silence_factor = 2.5;          // Expected intervals without a word before silence.
    Duration silence_grace{10'000};       // Added to that.
    Duration offline_grace{30'000};       // After a last will, before silence.
    Duration incident_window{1'800'000};  // Reports of a site this close together are one ticket.
    std::array<std::optional<TicketClass>, kSymptomCount> symptom_class{};
};

/// A daily shift in local time, minutes after midnight; `to` at or before `from` runs past
/// midnight.
struct Shift {
    std::uint16_t from_minute = 0;
    std::uint16_t to_minute = 1440;
};

struct Crew {
    Name id;
    std::vector<Name> zones;    // Empty: every zone.
    std::vector<Shift> shifts;  // Empty: always on duty.
};

struct Person {
    Name id;
    Name role;  // `crew`, `dispatcher`, `supervisor`, or one that the roster declares.
};

struct Roster {
    std::vector<Crew> crews;
    std::vector<Person> people;
    std::vector<Name> roles;  // Beside the three that are always there.

    [[nodiscard]] bool is_supervisor(std::string_view actor) const;
    [[nodiscard]] bool has_role(std::string_view actor, const Name& role) const;
    [[nodiscard]] bool knows_role(const Name& role) const;
    [[nodiscard]] bool is_staffed(const Name& role) const;
    [[nodiscard]] const Crew* crew(std::string_view id) const;
};

/// Everything that people configure and the core decides by. Immutable; a reload brings a new one.
struct Rulebook {
    std::string content;  // The name of all the files it was made of; empty: it was made by hand.
    Rules rules;
    std::vector<std::shared_ptr<const Policy>> policies;
    Calendar calendar;
    TimeZone time_zone;
    Roster roster;
    DeviceRegistry registry;

    /// The policy of this kind and class, or nullptr.
    [[nodiscard]] const Policy* policy_for(TicketKind kind,
                                           std::optional<TicketClass> ticket_class) const;
    [[nodiscard]] const Policy* policy_named(std::string_view name) const;
    /// Some policy's life cycle has a state, or an event, of this name.
    [[nodiscard]] bool knows_state(std::string_view name) const;
    [[nodiscard]] bool knows_event(std::string_view name) const;
};

}  // namespace mercaptan::processor
