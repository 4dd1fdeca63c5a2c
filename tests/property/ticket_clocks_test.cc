// Random histories of tickets: what the engine keeps line by line is what the whole history says.
//
// After every step: the ticket's clocks, stamps, fields and state are those that a replay of its
// history gives, to the millisecond; a stricter class has made no deadline later; and the runs that
// the history tells, less their pauses, are the time that each clock has counted. From time to time
// the engine is made anew from the ticket's row, and the files change: the ticket is run by the
// versions that it is pinned to, until it is migrated.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "common/domain/check.h"
#include "processor/core/clock_fold.h"
#include "processor/core/engine.h"
#include "processor/io/policy_file.h"
#include "processor/io/rows.h"
#include "tests/support/engine_driver.h"

namespace mercaptan::processor::test {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kClocks1 = R"(
  - {name: dispatch, from: raised, until: dispatched, within: 1m, on_breach: [page]}
  - {name: accept, from: dispatched, until: accepted, within: 10m, on_breach: [redispatch, escalate]}
  - {name: depart, from: raised, until: departed, within: 30m, warn_at: [15m, 25m]}
  - {name: arrive, from: raised, until: on_site, within: 60m, on_class_change: retro_anchor}
  - {name: end, from: raised, until: closed, within: 2d, on_class_change: reset}
  - name: visit
    start: {event: appoint}
    reset: {event: appoint}
    stop: [on_site, closed]
    anchor: {field: promised_at}
    within: at_anchor
)";

constexpr std::string_view kClocks2 = R"(
  - {name: dispatch, from: raised, until: dispatched, within: 2h, warn_at: [30m]}
  - {name: accept, from: dispatched, until: accepted, within: 10m, on_breach: [redispatch]}
  - name: depart
    start: raised
    reset: raised
    stop: [departed, on_site, made_safe, repaired, closed]
    pause: {event: appoint}
    resume: {event: note}
    pause_max: 90m
    pause_total_max: 3h
    pause_reasons: [user]
    within: 4h
    thresholds: [{percent: 50}, {left: 20m, do: [page]}, {at: 1h}]
  - {name: arrive, from: dispatched, until: on_site, within: 8h, warn_at: [4h]}
  - name: end
    start: raised
    stop: [closed]
    pause: [on_site]
    resume: [made_safe, repaired]
    pause_max: 30h
    pause_reasons: [user]
    within: 3bd
    warn_at: [1bd]
)";

std::shared_ptr<const Policy> policy(const std::string& head, const std::string& clocks) {
    auto parsed = parse_policy(head + "clocks:" + clocks, "random.yaml");
    MERCAPTAN_CHECK(parsed.has_value());
    return std::make_shared<const Policy>(*std::move(parsed));
}

/// The same with longer limits.
std::string with_longer_limits(std::string_view clocks) {
    std::string text{clocks};
    for (std::size_t at = text.find("within: "); at != std::string::npos;
         at = text.find("within: ", at + 1)) {
        char& digit = text[at + 8];
        if (digit >= '1' && digit <= '8') ++digit;
    }
    return text;
}

/// The files of the first edition, or of the second.
std::shared_ptr<const Rulebook> make_rulebook(int edition) {
    const auto clocks = [edition](std::string_view text) {
        return edition == 1 ? std::string{text} : with_longer_limits(text);
    };
    auto book = std::make_shared<Rulebook>(standard_rulebook());
    book->calendar.version = "c-" + std::to_string(edition);
    book->policies = {
        policy("policy: repair.class1\nkind: repair\nclass: 1\n", clocks(kClocks1)),
        policy("policy: repair.class2\nkind: repair\nclass: 2\nevidence: asked\n",
               clocks(kClocks2)),
        policy("policy: repair.class3\nkind: repair\nclass: 3\nauto_dispatch: false\n",
               clocks("\n  - {name: arrive, from: dispatched, until: on_site, within: 1d}\n"
                      "  - {name: end, from: raised, until: closed, within: 5bd, on_class_change: "
                      "retro_anchor}\n"))};
    for (int i = 0; i < 40; i += 6 + edition) book->calendar.holidays.insert(20'778 + i);
    return book;
}

using Random = std::mt19937_64;

template <class T>
T pick(Random& random, const std::vector<T>& from) {
    return from[random() % from.size()];
}

/// What is told of one run of a clock by its lines.
struct Told {
    Instant from;
    std::optional<Instant> until;
    std::vector<Pause> pauses{};
    std::optional<Instant> pause_from;
    Instant pause_until;

    void resume(Instant at) {
        if (!pause_from) return;
        pauses.push_back({*pause_from, std::clamp(at, *pause_from, pause_until), true, {}});
        pause_from.reset();
    }
    [[nodiscard]] Duration elapsed(Instant end) const {
        Duration sum = end - from;
        for (const Pause& pause : pauses) {
            // An end that was told late may lie before the end of a pause.
            if (pause.from < end) sum -= std::min(pause.until, end) - pause.from;
        }
        return sum;
    }
};

using Editions = std::vector<std::shared_ptr<const Rulebook>>;

class History {
public:
    History(const Editions& editions, std::uint64_t seed)
        : editions_{editions},
          book_{editions.front()},
          random_{seed},
          engine_{std::make_unique<Engine>(book_, kStart)} {
        engine_->recovered(kStart);
    }

    /// Empty if all holds, else what does not.
    std::string run() {
        open();
        for (int round = 0; round < 14; ++round) {
            before_ = ticket_;
            pass(pick<Duration>(random_, {0s, 1min, 7min, 31min, 3h, 26h}));
            if (auto wrong = check(); !wrong.empty()) return wrong;
            before_ = ticket_;
            act();
            if (auto wrong = check(); !wrong.empty()) return wrong;
            if (random_() % 8 == 0) book_ = pick(random_, editions_);
            if (random_() % 8 == 0) restart();
            if (random_() % 8 == 0) step(Reload{book_});
            if (auto wrong = check(); !wrong.empty()) return "after the files: " + wrong;
        }
        return {};
    }

private:
    void open() {
        FaultReport report;
        report.channel = "hotline";
        report.site = "site-1";
        report.zone = "north";
        report.ticket_class =
            pick(random_,
                 std::vector<TicketClass>{TicketClass::one, TicketClass::two, TicketClass::three});
        report.received_at = kStart - pick<Duration>(random_, {0s, 0s, 2min, 3h});
        send("caller", report);
    }

    void pass(Duration duration) {
        const Instant until = now_ + duration;
        while (const auto due = engine_->next_deadline()) {
            if (*due > until) break;
            now_ = std::max(now_, *due);
            step(Tick{});
        }
        now_ = until;
        step(Tick{});
    }

    void act() {
        TicketCommand what;
        what.ticket_id = ticket_.id;
        what.note = "user";
        what.event.name =
            pick<Name>(random_, {"dispatch", "accept", "accept", "decline", "depart", "arrive",
                                 "make_safe", "repair", "close", "cancel", "reopen", "reclassify",
                                 "reclassify", "note", "appoint", "migrate", "migrate"});
        what.ticket_class = static_cast<TicketClass>(1 + random_() % 3);
        if (random_() % 4 == 0)
            what.at = std::max(ticket_.opened_at, now_ - pick<Duration>(random_, {1s, 9min, 5h}));
        if (what.event.name == "appoint") {
            const Instant promised = now_ + pick<Duration>(random_, {-1h, 20min, 6h});
            what.fields = {{"promised_at", to_rfc3339(promised)}, {"user_agreed", "true"}};
        }
        send("supervisor-1", what);
    }

    void send(std::string actor, decltype(OperatorCommand::what) what) {
        step(OperatorCommand{
            .id = 1, .actor = std::move(actor), .idempotency_key = {}, .what = std::move(what)});
    }

    void step(decltype(Record::body) body) {
        engine_->step(Record{.at = now_, .gateway = "gw-1", .body = std::move(body)});
        const Changes& changes = engine_->changes();
        for (const auto index : changes.tickets) ticket_ = engine_->ticket(index);
        log_.insert(log_.end(), changes.log.begin(), changes.log.end());
        engine_->clear_changes();
    }

    void restart() {
        std::string row;
        encode_ticket(row, ticket_);
        const auto read = decode_ticket(row);
        MERCAPTAN_CHECK(read && *read == ticket_);
        engine_ = std::make_unique<Engine>(book_, now_);
        EarlierVersions earlier;
        for (const auto& edition : editions_) {
            earlier.policies.insert(earlier.policies.end(), edition->policies.begin(),
                                    edition->policies.end());
            earlier.calendars.push_back(std::make_shared<const Calendar>(edition->calendar));
        }
        engine_->know(earlier);
        engine_->restore(*read);
        engine_->recovered(now_);
    }

    /// By name and version, of whichever edition.
    [[nodiscard]] VersionLookup versions() const {
        return {.policy = [this](std::string_view name, std::string_view version) -> const Policy* {
                    for (const auto& edition : editions_) {
                        for (const auto& one : edition->policies) {
                            if (one->name == name && one->version == version) return one.get();
                        }
                    }
                    return nullptr;
                },
                .calendar = [this](std::string_view version) -> const Calendar* {
                    for (const auto& edition : editions_) {
                        if (edition->calendar.version == version) return &edition->calendar;
                    }
                    return nullptr;
                }};
    }

    [[nodiscard]] std::string check() const {
        const Ticket replayed = replay(log_, versions(), book_->time_zone, now_);
        if (replayed.state != ticket_.state) return "state";
        if (replayed.policy != ticket_.policy) return "policy";
        if (replayed.stamps != ticket_.stamps) return "stamps";
        if (replayed.fields != ticket_.fields) return "fields";
        if (replayed.reopened != ticket_.reopened) return "reopened";
        if (replayed.policy_version != ticket_.policy_version) return "policy version";
        if (replayed.calendar_version != ticket_.calendar_version) return "calendar version";
        if (replayed.clocks != ticket_.clocks) return "clocks: " + difference(replayed);
        if (auto later = later_by_upgrade(); !later.empty()) return later;
        return untold();
    }

    static std::string line_of(const Clock& clock) {
        std::string text = clock.name + " #" + std::to_string(clock.cycle) + " " +
                           std::string{to_string(clock.status)} + " from " +
                           to_rfc3339(clock.counted_from) + " due " + to_rfc3339(clock.due_at);
        for (const std::string& key : clock.fired) text += " " + key;
        for (const Pause& pause : clock.pauses)
            text += " paused " + to_rfc3339(pause.from) + " to " + to_rfc3339(pause.until);
        return text + "; ";
    }

    [[nodiscard]] std::string difference(const Ticket& replayed) const {
        for (const Clock& clock : ticket_.clocks) {
            if (std::find(replayed.clocks.begin(), replayed.clocks.end(), clock) ==
                replayed.clocks.end())
                return line_of(clock) + " or " +
                       line_of(clock_of(replayed, clock.name).value_or(Clock{}));
        }
        return "one more in the replay";
    }

    /// A deadline that a stricter class moved away.
    [[nodiscard]] std::string later_by_upgrade() const {
        if (!before_.ticket_class || !ticket_.ticket_class) return {};
        if (*ticket_.ticket_class >= *before_.ticket_class) return {};
        for (const Clock& old : before_.clocks) {
            if (old.status != ClockStatus::running) continue;
            const auto present = clock_of(ticket_, old.name);
            // A new order to a crew is a run of its own; `end` begins one by the change itself.
            const bool by_change = present && (present->cycle == old.cycle || old.name == "end");
            if (by_change && present->status == ClockStatus::running &&
                present->due_at > old.due_at)
                return old.name + " is later by an upgrade";
        }
        return {};
    }

    /// A clock whose runs in the history are not the time that it counted.
    [[nodiscard]] std::string untold() const {
        std::map<std::string, Told> runs;
        for (const LogEntry& line : log_) {
            if (line.clock.empty()) continue;
            Told& run = runs[line.clock];
            if (line.event == TicketEvent::clock_started) {
                run = {.from = line.at, .until = {}, .pause_from = {}, .pause_until = {}};
            } else if (line.event == TicketEvent::clock_paused) {
                run.resume(line.at);
                run.pause_from = line.at;
                run.pause_until = *parse_rfc3339(line.note.substr(6, 24));
            } else if (line.event == TicketEvent::clock_resumed) {
                run.resume(line.at);
            } else if (line.event == TicketEvent::clock_breached) {
                run.until = line.recorded_at - *line.late;
                run.resume(*run.until);
            } else if (line.event == TicketEvent::clock_met ||
                       line.event == TicketEvent::clock_stopped) {
                run.until = line.at;
                run.resume(*run.until);
            }
        }
        for (const auto& [name, run] : runs) {
            const auto clock = clock_of(ticket_, name);
            if (!clock) return name + " is told of and not there";
            Told told = run;
            told.resume(now_);
            if (told.elapsed(told.until.value_or(now_)) != elapsed_of(*clock, now_))
                return name + " ran for another time than is told";
        }
        return {};
    }

    const Editions& editions_;
    std::shared_ptr<const Rulebook> book_;  // In force.
    Random random_;
    std::unique_ptr<Engine> engine_;
    Instant now_ = kStart;
    Ticket ticket_;
    Ticket before_;
    std::vector<LogEntry> log_;
};

TEST(TicketClocks, AreWhatTheWholeHistorySays) {
    const char* asked = std::getenv("MERCAPTAN_HISTORIES");
    const std::uint64_t count = asked == nullptr ? 2'000 : std::strtoull(asked, nullptr, 10);
    const char* from = std::getenv("MERCAPTAN_HISTORY_SEED");
    const std::uint64_t seed = from == nullptr ? 1 : std::strtoull(from, nullptr, 10);
    const Editions editions{make_rulebook(1), make_rulebook(2)};
    for (std::uint64_t i = 0; i < count; ++i) {
        History history{editions, seed + i};
        const std::string wrong = history.run();
        ASSERT_EQ(wrong, "") << "MERCAPTAN_HISTORIES=1 MERCAPTAN_HISTORY_SEED=" << seed + i;
    }
}

}  // namespace
}  // namespace mercaptan::processor::test
