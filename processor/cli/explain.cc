#include <algorithm>
#include <boost/json/array.hpp>
#include <iostream>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "processor/cli/commands.h"
#include "processor/cli/display.h"
#include "processor/cli/facts.h"

// Where the time of a ticket went: every run of every clock, from the ticket's history alone.
namespace mercaptan::cli {
namespace {

constexpr std::size_t kHistoryMax = 10'000;

/// One run of a clock.
struct Interval {
    Instant from;
    std::optional<Instant> until;      // Absent: it runs.
    std::string ended_by = "running";  // met, breached or stopped.
    std::size_t warnings = 0;
    std::string noticed_late_s = "-";  // Of a breach: how long after its deadline it was noticed.
    std::vector<std::pair<Instant, Instant>> pauses{};  // Those that are over.
    std::optional<Instant> pause_from{};
    Instant pause_until{};  // A pause ends then by itself.

    void end_pause(Instant at) {
        if (!pause_from) return;
        pauses.emplace_back(*pause_from, std::clamp(at, *pause_from, pause_until));
        pause_from.reset();
    }
    [[nodiscard]] Duration paused(Instant now) const {
        Interval told = *this;
        const Instant end = until.value_or(now);
        told.end_pause(end);
        Duration sum{0};
        for (const auto& [begin, over] : told.pauses) {
            // An end that was told late may lie before the end of a pause.
            if (begin < end) sum += std::min(over, end) - begin;
        }
        return sum;
    }
    [[nodiscard]] Duration elapsed(Instant now) const {
        return until.value_or(now) - from - paused(now);
    }
};

/// `until 2026-11-21T08:00:00.000Z: reason`, the note of a pause.
Instant pause_end(const std::string& note, Instant otherwise) {
    constexpr std::size_t kBefore = 6;
    constexpr std::size_t kTime = 24;
    if (note.size() < kBefore + kTime) return otherwise;
    return parse_rfc3339(std::string_view{note}.substr(kBefore, kTime)).value_or(otherwise);
}

struct ClockStory {
    std::string name;
    std::vector<Interval> runs;

    [[nodiscard]] Duration elapsed(Instant now) const {
        Duration sum{0};
        for (const Interval& run : runs) sum += run.elapsed(now);
        return sum;
    }
};

/// Clocks in the order in which they first started.
class Story {
public:
    void add(const boost::json::value& item) {
        const auto at = parse_rfc3339(fact(item, "at"));
        const std::string event = fact(item, "event");
        if (!at || !event.starts_with(kPrefix)) return;
        ClockStory& clock = clock_named(fact(item, "clock"));
        const std::string what = event.substr(kPrefix.size());
        if (what == "moved") return;  // Another deadline; it runs on.
        if (what == "started") {
            clock.runs.emplace_back().from = *at;
        } else if (clock.runs.empty()) {
            return;  // The history was cut off before its start.
        } else if (what == "warned") {
            ++clock.runs.back().warnings;
        } else if (what == "paused") {
            clock.runs.back().end_pause(*at);
            clock.runs.back().pause_from = *at;
            clock.runs.back().pause_until = pause_end(fact(item, "note"), *at);
        } else if (what == "resumed") {
            clock.runs.back().end_pause(*at);
        } else if (!clock.runs.back().until) {
            clock.runs.back().until = *at;
            clock.runs.back().end_pause(*at);
            clock.runs.back().ended_by = what;
            clock.runs.back().noticed_late_s = fact(item, "late_s");
        }
    }
    [[nodiscard]] const std::vector<ClockStory>& clocks() const { return clocks_; }

private:
    static constexpr std::string_view kPrefix = "clock_";

    ClockStory& clock_named(const std::string& name) {
        const auto [found, added] = index_.try_emplace(name, clocks_.size());
        if (added) clocks_.push_back({.name = name, .runs = {}});
        return clocks_[found->second];
    }

    std::vector<ClockStory> clocks_;
    std::map<std::string, std::size_t> index_;
};

double seconds(Duration duration) {
    return static_cast<double>(duration.count()) / 1000;
}

boost::json::object to_json(const std::string& id, const Story& story, Instant now) {
    boost::json::array clocks;
    for (const ClockStory& clock : story.clocks()) {
        boost::json::array runs;
        for (const Interval& run : clock.runs) {
            boost::json::object one{{"from", to_rfc3339(run.from)},
                                    {"until", nullptr},
                                    {"ended_by", run.ended_by},
                                    {"warnings", run.warnings},
                                    {"paused_s", seconds(run.paused(now))},
                                    {"elapsed_s", seconds(run.elapsed(now))}};
            if (run.until) one["until"] = to_rfc3339(*run.until);
            runs.push_back(std::move(one));
        }
        clocks.push_back(boost::json::object{{"name", clock.name},
                                             {"elapsed_s", seconds(clock.elapsed(now))},
                                             {"runs", std::move(runs)}});
    }
    return {{"ticket", id}, {"clocks", std::move(clocks)}};
}

std::string ending_of(const Interval& run, Instant now) {
    std::string text = run.ended_by;
    if (run.noticed_late_s != "-") text += ", noticed " + run.noticed_late_s + " s later";
    if (const Duration paused = run.paused(now); paused > Duration{0})
        text += ", paused " + span(paused);
    if (run.warnings == 1) text += ", warned once";
    if (run.warnings > 1) text += ", warned " + std::to_string(run.warnings) + " times";
    return text;
}

}  // namespace

void explain_ticket(const Context& context, const Server& server, const std::string& id) {
    const auto history = server.list(path_of("tickets", id, "/history"), {}, kHistoryMax);
    Story story;
    for (const auto& item : history.at("items").get_array()) story.add(item);
    const Instant now = wall_now();
    if (context.json) return print_json(to_json(id, story, now));
    if (story.clocks().empty()) {
        std::cout << "No clock has started.\n";
        return;
    }
    Table table{{"CLOCK", "RUN", "FROM", "UNTIL", "ELAPSED", "ENDED"}};
    for (const ClockStory& clock : story.clocks()) {
        for (std::size_t i = 0; i < clock.runs.size(); ++i) {
            const Interval& run = clock.runs[i];
            table.add({clock.name, std::to_string(i + 1), local_time(to_rfc3339(run.from)),
                       run.until ? local_time(to_rfc3339(*run.until)) : "now",
                       span(run.elapsed(now)), ending_of(run, now)});
        }
        if (clock.runs.size() > 1)
            table.add({clock.name, "all", "", "", span(clock.elapsed(now)), ""});
    }
    table.print(std::cout);
}

}  // namespace mercaptan::cli
