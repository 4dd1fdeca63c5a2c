// Random commands to one repair, held against a model of it that is written apart from the product:
// a table of moves, two clocks that begin with the work, evidence that a restart forgets, and
// versions of the policy that only a migration changes.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/domain/check.h"
#include "processor/io/policy_file.h"
#include "tests/support/engine_driver.h"

namespace mercaptan::processor::test {
namespace {

using namespace std::chrono_literals;
using Words = std::set<std::string>;

// --- the product's side: two versions of one policy

constexpr std::array<Duration, 2> kArriveWithin{60min, 45min};
constexpr std::array<Duration, 2> kEndWithin{4h, 6h};
constexpr Duration kRepeatWindow = 24h;

std::shared_ptr<const Policy> policy(int ticket_class, std::size_t version) {
    const auto minutes = [](Duration span) { return std::to_string(span / 1min) + "m"; };
    const std::string number = std::to_string(ticket_class);
    const auto parsed =
        parse_policy("policy: repair.class" + number + "\nkind: repair\nclass: " + number +
                         "\nrepeat_window: 24h\nclocks:\n"
                         "- {name: arrive, from: raised, until: on_site, within: " +
                         minutes(kArriveWithin[version]) +
                         "}\n- {name: end, from: raised, until: closed, within: " +
                         minutes(kEndWithin[version]) + "}\n",
                     "model.yaml");
    MERCAPTAN_CHECK(parsed.has_value());
    return std::make_shared<const Policy>(*parsed);
}

Rulebook rulebook(std::size_t version) {
    Rulebook book = standard_rulebook();
    for (const int number : {1, 2})
        book.policies[static_cast<std::size_t>(number) - 1] = policy(number, version);
    return book;
}

// --- the model

struct ModelClock {
    Duration within{};
    Words met_in;
    std::string verdict = "running";
    Instant from;
    int runs = 1;
};

struct Model {
    bool emergency = false;
    std::string state = "dispatched";  // An order goes out as soon as it is raised.
    std::map<std::string, ModelClock> clocks;
    std::string reading;  // The gas reading on record.
    Instant finished_at;
    unsigned reopened = 0;
    std::size_t version = 0;

    [[nodiscard]] bool open() const { return state != "closed" && state != "cancelled"; }

    void begin(Instant at) {
        for (auto& [name, clock] : clocks) {
            clock.from = at;
            clock.verdict = "running";
        }
    }
    void pass(Instant now) {
        if (!open()) return;
        for (auto& [name, clock] : clocks) {
            if (clock.verdict == "running" && clock.from + clock.within <= now)
                clock.verdict = "breached";
        }
    }
    void enter(const std::string& to, Instant at) {
        state = to;
        if (to == "repaired" || to == "closed") finished_at = at;
        for (auto& [name, clock] : clocks) {
            if (clock.verdict != "running") continue;
            if (clock.met_in.contains(to)) clock.verdict = "met";
            if (to == "cancelled") clock.verdict = "stopped";
        }
    }
    /// True if the command is taken.
    bool take(const std::string& event, bool supervisor, const std::string& measured,
              std::size_t in_force, Instant at) {
        struct Move {
            const char* event;
            Words from;
            const char* to;
        };
        static const std::vector<Move> kMoves{
            {"dispatch", {"dispatched", "accepted", "departed"}, "dispatched"},
            {"decline", {"dispatched", "accepted"}, "dispatched"},
            {"accept", {"dispatched"}, "accepted"},
            {"depart", {"accepted"}, "departed"},
            {"arrive", {"departed"}, "on_site"},
            {"make_safe", {"on_site"}, "made_safe"},
            {"repair", {"made_safe"}, "repaired"},
            {"close", {"repaired"}, "closed"}};
        if (event == "note") return true;
        if (event == "migrate") return migrate(supervisor, in_force, at);
        if (event == "reopen") return reopen(at);
        if (event == "cancel") {
            if (!open() || (emergency && !supervisor)) return false;
            enter("cancelled", at);
            return true;
        }
        const auto move = std::find_if(kMoves.begin(), kMoves.end(),
                                       [&](const Move& one) { return event == one.event; });
        const bool short_cut = event == "repair" && state == "on_site" && !emergency;
        if (!move->from.contains(state) && !short_cut) return false;
        if (event == "repair" && !measured.empty()) {
            if (std::stoi(measured) >= 20) return false;  // User service rules, 4.4.9.
            reading = measured;
        }
        enter(move->to, at);
        return true;
    }

private:
    bool migrate(bool supervisor, std::size_t in_force, Instant at) {
        if (!open() || !supervisor || version == in_force) return false;
        version = in_force;
        for (auto& [name, clock] : clocks) {
            if (clock.verdict != "running") continue;
            clock.within = name == "arrive" ? kArriveWithin[version] : kEndWithin[version];
        }
        pass(at);
        return true;
    }
    bool reopen(Instant at) {
        if (!Words{"made_safe", "repaired", "closed", "cancelled"}.contains(state)) return false;
        const bool finished = state == "repaired" || state == "closed";
        if (finished && at - finished_at <= kRepeatWindow) ++reopened;
        reading.clear();
        state = "dispatched";
        for (auto& [name, clock] : clocks) {
            ++clock.runs;
            clock.within = name == "arrive" ? kArriveWithin[version] : kEndWithin[version];
        }
        begin(at);
        return true;
    }
};

// --- the two side by side

struct Step {
    Duration wait;
    std::string event;  // Also `reload` and `restart`.
    std::string actor;
    std::string measured;
};

std::ostream& operator<<(std::ostream& out, const Step& step) {
    return out << step.wait.count() / 60'000 << "min " << step.actor << ' ' << step.event << ' '
               << step.measured;
}

rc::Gen<Step> any_step() {
    // Mostly forward, so that the work gets somewhere.
    return rc::gen::construct<Step>(
        rc::gen::element<Duration>(0ms, 1min, 14min, 30min, 45min, 2h, 25h),
        rc::gen::weightedElement<std::string>({{4, "accept"},
                                               {4, "depart"},
                                               {4, "arrive"},
                                               {4, "make_safe"},
                                               {4, "repair"},
                                               {3, "close"},
                                               {2, "reopen"},
                                               {1, "cancel"},
                                               {1, "dispatch"},
                                               {1, "decline"},
                                               {1, "note"},
                                               {2, "migrate"},
                                               {1, "reload"},
                                               {1, "restart"}}),
        rc::gen::element<std::string>("crew-1", "crew-2", "supervisor-1"),
        rc::gen::element<std::string>("", "3", "19", "20"));
}

class Pair {
public:
    explicit Pair(bool emergency) {
        FaultReport report;
        report.channel = "hotline";
        report.site = "site-1";
        report.zone = "north";
        report.symptom = emergency ? Symptom::leak : Symptom::no_gas;
        id_ = district_.command("dispatcher-1", report).ticket_id;
        model_.emergency = emergency;
        const Words on_site{"on_site", "made_safe", "repaired", "closed"};
        model_.clocks = {{"arrive", {.within = kArriveWithin[0], .met_in = on_site, .from = {}}},
                         {"end", {.within = kEndWithin[0], .met_in = {"closed"}, .from = {}}}};
        model_.begin(kStart);
    }

    void play(const Step& step) {
        district_.wait(step.wait);
        model_.pass(district_.now());
        if (step.event == "reload") {
            in_force_ = 1 - in_force_;
            district_.reload(rulebook(in_force_));
        } else if (step.event == "restart") {
            EarlierVersions earlier;
            for (const std::size_t version : {0UL, 1UL}) {
                earlier.policies.push_back(policy(1, version));
                earlier.policies.push_back(policy(2, version));
            }
            district_.restart_with(rulebook(in_force_), earlier);
        } else {
            send(step);
        }
        compare();
    }

private:
    void send(const Step& step) {
        const Ticket before = district_.ticket(id_);
        TicketCommand command;
        command.ticket_id = id_;
        command.event.name = Name{step.event};
        command.note = "because";
        if (step.event == "repair" && !step.measured.empty())
            command.fields = {{"reading_lel_pct", step.measured}};
        const bool taken = model_.take(step.event, step.actor == "supervisor-1", step.measured,
                                       in_force_, district_.now());
        const Reply reply = district_.command(step.actor, command);
        RC_ASSERT(!reply.error == taken);
        const Ticket after = district_.ticket(id_);
        RC_ASSERT(after.version == before.version + (taken ? 1 : 0));
        if (!taken) RC_ASSERT(after == before);
        RC_ASSERT(district_.log(id_).back().version == after.version);
    }
    void compare() const {
        const Ticket ticket = district_.ticket(id_);
        RC_ASSERT(ticket.state.name.str() == model_.state);
        RC_ASSERT(ticket.reopened == model_.reopened);
        RC_ASSERT(ticket.closed_at.has_value() == !model_.open());
        RC_ASSERT(ticket.policy_version ==
                  policy(model_.emergency ? 1 : 2, model_.version)->version);
        const std::string* reading = field_of(ticket, "reading_lel_pct");
        RC_ASSERT((reading == nullptr ? "" : *reading) == model_.reading);
        for (const auto& [name, expected] : model_.clocks) {
            const auto clock = clock_of(ticket, name);
            RC_ASSERT(clock.has_value());
            RC_ASSERT(std::string{to_string(clock->status)} == expected.verdict);
            RC_ASSERT(clock->due_at == expected.from + expected.within);
            RC_ASSERT(clock->cycle == static_cast<std::uint32_t>(expected.runs));
        }
    }

    EngineDriver district_{rulebook(0)};
    std::string id_;
    Model model_;
    std::size_t in_force_ = 0;
};

RC_GTEST_PROP(TicketModel, TheTicketDoesWhatTheModelDoes, ()) {
    Pair pair{*rc::gen::arbitrary<bool>()};
    for (const Step& step : *rc::gen::resize(60, rc::gen::container<std::vector<Step>>(any_step())))
        pair.play(step);
}

}  // namespace
}  // namespace mercaptan::processor::test
