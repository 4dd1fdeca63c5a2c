#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/core/engine.h"
#include "tests/support/repair_names.h"

namespace mercaptan::processor::test {

inline constexpr Instant kStart{1'795'248'000'000};  // 2026-11-21T08:00:00Z

/// The shipped conditions and repair policies, two crews for zone `north`, one supervisor.
[[nodiscard]] Rulebook standard_rulebook();
[[nodiscard]] RegistryEntry registered(std::string_view site, std::string_view device,
                                       DeviceKind kind = DeviceKind::leak_detector);

/// A reading in the making; every part has a default, so that a test sets what it is about.
struct ReadingSpec {
    std::string_view site = "site-1";
    std::string_view device = "det-1";
    std::map<Quantity, double> values{};
    std::optional<std::vector<Status>> status{};
    std::optional<Instant> event_at{};  // Absent: the step's time. Epoch: the device has no clock.
    std::optional<std::uint64_t> seq{};
    std::string_view gateway = "gw-1";
    std::optional<Instant> received_at{};  // Absent: the step's time.
};

/// Steps an engine and keeps everything that it said.
class EngineDriver {
public:
    explicit EngineDriver(Rulebook rulebook = standard_rulebook());

    void wait(Duration duration);  // Ticks at every deadline on the way, as the shell does.
    ReadingVerdict read(const ReadingSpec& spec);
    ReadingVerdict gas(double lel_pct, std::string_view device = "det-1",
                       std::string_view site = "site-1");
    Reply command(std::string_view actor, decltype(OperatorCommand::what) what,
                  std::string key = {});
    Reply act(std::string_view ticket, const TicketEvent& event, std::string_view actor = "crew-1",
              std::string note = "because");
    /// Takes a ticket from dispatched to the given state, one minute for each step.
    void work(std::string_view ticket, const TicketState& until);
    void record(decltype(Record::body) body);
    /// A new engine with the rows that a store would hold, after a time in which nothing ran.
    void restart(Duration after = Duration{0});
    /// The same with changed files, and what the store knows of earlier ones.
    void restart_with(Rulebook rulebook, const EarlierVersions& earlier);
    void reload(Rulebook rulebook);

    [[nodiscard]] Instant now() const { return now_; }
    [[nodiscard]] Engine& engine() { return *engine_; }
    [[nodiscard]] std::vector<Ticket> tickets() const;  // By id, so in order of opening.
    [[nodiscard]] Ticket only_ticket() const;           // There must be exactly one.
    [[nodiscard]] Ticket ticket(std::string_view id) const {
        return rows_.tickets.at(std::string{id});
    }
    [[nodiscard]] std::optional<Alarm> alarm(std::string_view condition,
                                             std::string_view device = "det-1") const;
    [[nodiscard]] std::vector<std::string> active_conditions(
        std::string_view device = "det-1") const;
    /// `event` or `event clock` of a ticket's history, in order.
    [[nodiscard]] std::vector<std::string> story(std::string_view ticket_id) const;
    [[nodiscard]] std::vector<LogEntry> log(std::string_view ticket_id) const;
    template <class T>
    [[nodiscard]] std::vector<T> effects() const {
        std::vector<T> found;
        for (const Effect& effect : effects_) {
            if (const auto* one = std::get_if<T>(&effect)) found.push_back(*one);
        }
        return found;
    }

private:
    void rise(const EarlierVersions& earlier);
    void collect();

    std::shared_ptr<const Rulebook> rulebook_;
    std::unique_ptr<Engine> engine_;
    Instant now_ = kStart;
    struct Rows {
        std::map<std::string, Ticket> tickets;
        std::map<std::string, Alarm> alarms;
        std::map<std::string, DeviceRow> devices;
    };
    Rows rows_;
    std::map<std::string, std::vector<Reading>> journal_;  // Of each device, after its row.
    std::vector<LogEntry> log_;
    std::vector<Effect> effects_;
    std::vector<Reply> replies_;
};

/// The clock of that name in its latest cycle.
[[nodiscard]] std::optional<Clock> clock_of(const Ticket& ticket, std::string_view name);

}  // namespace mercaptan::processor::test
