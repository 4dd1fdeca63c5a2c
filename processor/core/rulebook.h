#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/domain/instant.h"
#include "common/domain/quantity.h"
#include "common/domain/registry.h"
#include "common/domain/text.h"
#include "processor/core/calendar.h"
#include "processor/core/hold.h"
#include "processor/core/meter.h"
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
    meter,        // How a meter behaves: one of the meter rules.
    gateway,      // Nothing came from a gateway although several of its devices should be heard.
    area,         // Several sites of a zone have an emergency at about the same time.
};

enum class Compare : std::uint8_t { at_least, at_most };

/// One level of a condition and how long it must hold. Several bands make a dose: EN 50291 lets
/// 300 ppm of CO last 3 minutes but 50 ppm an hour.
///
/// All of it is measured between event times of the device's own readings, so that it comes out the
/// same in whatever order they arrive. At most one of on_delay, count and rise_within is given.
struct Band {
    double set = 0;
    double clear = 0;         // The deadband: between clear and set the state stays as it was.
    Duration on_delay{0};     // How long it must last.
    Count count{};            // In how many of how many readings in a row it must be so.
    Duration rise_within{0};  // Not the value, but how far it rose in at most this time.

    /// Judged by more than one reading's level.
    [[nodiscard]] bool keeps_samples() const { return on_delay > Duration{0} || count.of > 1; }
};

/// Other bands than the usual ones for some places, as where another standard is in force.
struct BandVariant {
    std::vector<Name> sites;  // One of these,
    std::vector<Name> zones;  // or a site in one of these.
    std::vector<Band> bands;
};

inline constexpr std::size_t kBandVariantsMax = 8;      // Of a condition.
inline constexpr std::size_t kVariedConditionsMax = 7;  // That have variants.

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
    MeterRule rule = MeterRule::excess_flow;    // For Input::meter; one condition each.
    Compare compare = Compare::at_least;
    std::vector<Band> bands;            // For gas_lel_pct and quantity: at least one.
    std::vector<BandVariant> variants;  // The first that names the place is taken.
    std::vector<DeviceKind> kinds;      // Which devices it applies to; empty: all.
    Duration off_delay{0};              // Between event times, before it clears.
    std::optional<TicketClass> ticket;  // Empty: an alarm without a ticket.
    Hazard hazard = Hazard::device;
    bool latched = false;  // Ends by a person's reset only.
    Duration re_alarm{0};  // Standing acknowledged this long, it asks again. Zero: never.
    std::uint32_t re_alarm_count = 0;  // How often in one occurrence.
    std::uint16_t severity = 500;      // 1 to 1000, as OPC UA Part 9.
};
inline constexpr std::size_t kConditionsMax = 32;  // One bit each in a device's state.

/// Which limit of shelving a class has: its number, or 0 for an alarm without a ticket.
[[nodiscard]] constexpr std::size_t shelve_class(std::optional<TicketClass> ticket_class) {
    return ticket_class ? static_cast<std::size_t>(*ticket_class) : 0;
}

/// When several sites of a zone are one incident.
struct AreaRule {
    std::uint32_t sites = 5;       // So many with a Class 1 ticket of their own,
    Duration window{600'000};      // opened within this time.
    Duration page_every{180'000};  // While it lasts, the zone's pages come together this often.
};

struct Rules {
    std::string version;  // What tickets name as their evidence; of the file's content.
    std::vector<Condition> conditions;
    /// 100 %LEL in vol%, by Gas: the base of every conversion from ppm or vol%.
    std::array<double, 3> lel_vol_pct{5.0, 2.1, 5.0};
    MeterFigures meters;
    /// In m3/h, by the registry's profile.
    std::vector<std::pair<std::string, double>> meter_sizes;
    double silence_factor = 2.5;          // Expected intervals without a word before silence.
    Duration silence_grace{10'000};       // Added to that.
    Duration offline_grace{30'000};       // After a last will, before silence.
    Duration incident_window{1'800'000};  // Reports of a site this close together are one ticket.
    AreaRule area;
    std::array<std::optional<TicketClass>, kSymptomCount> symptom_class{};
    /// The longest shelving, by `shelve_class`. Class 1 can't be shelved.
    std::array<Duration, 4> shelve_max{Duration{86'400'000}, Duration{0}, Duration{28'800'000},
                                       Duration{259'200'000}};
};

enum class WindowKind : std::uint8_t {
    purge,        // Gas is let out on purpose: quiets the leak alarms of the site.
    maintenance,  // Quiets every alarm of the site.
};

/// A time in which alarms of a site are expected (ISA-18.2: suppressed by design). An emergency is
/// raised all the same, and names the window.
struct SiteWindow {
    std::string id;  // Unique.
    Name site;
    WindowKind kind = WindowKind::maintenance;
    Instant from;   // By the processor's clock,
    Instant until;  // exclusive.
    std::string reason;
};

struct Crew {
    Name id;
    std::vector<Name> zones;         // Empty: every zone.
    std::vector<HoursOfDay> shifts;  // Empty: always on duty.
    std::vector<Name> skills{};
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
    std::vector<SiteWindow> windows;

    /// The policy of this kind and class, or nullptr.
    [[nodiscard]] const Policy* policy_for(TicketKind kind,
                                           std::optional<TicketClass> ticket_class) const;
    [[nodiscard]] const Policy* policy_named(std::string_view name) const;
    /// Some policy's life cycle has a state, or an event, of this name.
    [[nodiscard]] bool knows_state(std::string_view name) const;
    [[nodiscard]] bool knows_event(std::string_view name) const;
};

}  // namespace mercaptan::processor
