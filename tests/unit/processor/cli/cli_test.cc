#include <algorithm>
#include <atomic>
#include <fstream>
#include <thread>

#include "processor/cli/commands.h"
#include "processor/io/policy_file.h"
#include "tests/support/repair_names.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/processor/api/api_fixture.h"

namespace mercaptan::cli {
namespace {

namespace samples = processor::samples;
using processor::CommandOutcome;
using processor::RepairState;
using processor::Ticket;
using testing::HasSubstr;

/// The whole program against the real API over a processor that answers as the test says.
class Cli : public processor::api::ApiTest {
protected:
    struct Run {
        int exit_code = 0;
        std::string out, err;
    };
    Run run(std::vector<std::string> arguments, const std::string& server = {}) {
        arguments.insert(arguments.begin(),
                         {"mercaptan", "--server", server.empty() ? url() : server});
        std::vector<const char*> pointers;
        for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        Run run;
        run.exit_code = run_cli(static_cast<int>(pointers.size()), pointers.data());
        run.out = testing::internal::GetCapturedStdout();
        run.err = testing::internal::GetCapturedStderr();
        return run;
    }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }

    static Ticket open_ticket(const std::string& id, std::uint64_t version = 1) {
        Ticket ticket = samples::ticket();
        ticket.id = id;
        ticket.state = RepairState::dispatched;
        ticket.site = "中山路";
        ticket.version = version;
        ticket.clocks.front().status = processor::ClockStatus::running;
        ticket.clocks.front().ended_at.reset();
        return ticket;
    }
    void answer_with(const Ticket& ticket) {
        CommandOutcome outcome;
        outcome.reply.ticket_id = ticket.id;
        outcome.reply.created = true;
        render_ticket(outcome.ticket_json, ticket);
        backend_.answer(outcome);
    }
};

TEST_F(Cli, ListsOpenTickets) {
    EXPECT_THAT(run({"tickets"}).out, HasSubstr("no open ticket"));
    backend_.put(open_ticket("T1"));
    Ticket closed = open_ticket("T2");
    closed.state = RepairState::closed;
    backend_.put(closed);
    const Run list = run({"tickets", "list"});
    EXPECT_EQ(list.exit_code, 0) << list.err;
    EXPECT_THAT(list.out,
                testing::AllOf(HasSubstr("T1"), HasSubstr("中山路"), HasSubstr("dispatched"),
                               HasSubstr("depart"), HasSubstr("gas.alarm 23.5 %LEL"),
                               testing::Not(HasSubstr("T2"))));
    EXPECT_THAT(run({"tickets", "list", "--all"}).out, HasSubstr("T2"));
    const Run json = run({"--json", "tickets", "list", "--limit", "1", "--all"});
    EXPECT_EQ(ids(parse(json.out)), "T2");
    EXPECT_EQ(ids(parse(run({"tickets", "list", "--all", "--json"}).out)), "T2 T1");
}

TEST_F(Cli, ShowsATicketAndItsHistory) {
    backend_.put(samples::ticket());
    backend_.put(samples::log_entry());
    const Run show = run({"tickets", "show", "T01ABCDEFGH"});
    EXPECT_THAT(show.out, testing::AllOf(HasSubstr("repair.class1"), HasSubstr("depart"),
                                         HasSubstr("楼道有气味")));
    const Run history = run({"tickets", "history", "T01ABCDEFGH"});
    EXPECT_THAT(history.out, testing::AllOf(HasSubstr("clock_breached"), HasSubstr("1.5 s"),
                                            HasSubstr("raised → dispatched")));
    const Run nothing = run({"tickets", "show", "T0"});
    EXPECT_EQ(nothing.exit_code, 1);
    EXPECT_THAT(nothing.err, HasSubstr("there is no ticket T0"));
}

TEST_F(Cli, ExplainsWhereTheTimeWent) {
    using processor::TicketEvent;
    backend_.put(samples::ticket());
    std::uint64_t index = 0;
    const auto put = [&](TicketEvent event, const char* clock, std::int64_t after_s,
                         std::optional<Duration> late = {}) {
        processor::LogEntry entry = samples::log_entry();
        entry.index = index++;
        entry.event = event;
        entry.clock = clock;
        entry.at = samples::kAt + Duration{after_s * 1000};
        entry.late = late;
        backend_.put(entry);
    };
    put(TicketEvent::clock_started, "accept", 0);
    put(TicketEvent::clock_started, "depart", 0);
    put(TicketEvent::clock_warned, "depart", 300);
    put(TicketEvent::clock_breached, "accept", 600, Duration{250});
    put(TicketEvent::clock_started, "accept", 600);
    put(TicketEvent::clock_met, "accept", 690);
    const Run text = run({"tickets", "explain", "T01ABCDEFGH"});
    EXPECT_EQ(text.exit_code, 0) << text.err;
    EXPECT_THAT(text.out,
                testing::AllOf(HasSubstr("  10:00  "), HasSubstr("breached, noticed 0.25 s later"),
                               HasSubstr("  1:30  "), HasSubstr("met"), HasSubstr("all"),
                               HasSubstr("  11:30  "), HasSubstr("warned once")));
    const auto json = parse(run({"tickets", "explain", "T01ABCDEFGH", "--json"}).out);
    const auto& accept = json.at("clocks").at(0);
    EXPECT_EQ(accept.at("name"), "accept");
    EXPECT_EQ(accept.at("elapsed_s").as_double(), 690.0);
    double sum = 0;
    for (const auto& one : accept.at("runs").as_array()) sum += one.at("elapsed_s").as_double();
    EXPECT_EQ(sum, 690.0);
    EXPECT_EQ(json.at("clocks").at(1).at("runs").at(0).at("ended_by"), "running");
    EXPECT_EQ(run({"tickets", "explain", "T0"}).exit_code, 1);
}

TEST_F(Cli, ExplainsADeadlineThatMovedAsOneRun) {
    using processor::TicketEvent;
    backend_.put(samples::ticket());
    processor::LogEntry entry = samples::log_entry();
    entry.late.reset();
    std::uint64_t index = 0;
    for (const TicketEvent& event :
         {TicketEvent::clock_started, TicketEvent::clock_moved, TicketEvent::clock_met}) {
        entry.index = index;
        entry.at = samples::kAt + Duration{static_cast<std::int64_t>(index) * 60'000};
        entry.event = event;
        backend_.put(entry);
        ++index;
    }
    const auto json = parse(run({"tickets", "explain", "T01ABCDEFGH", "--json"}).out);
    const auto& runs = json.at("clocks").at(0).at("runs").as_array();
    ASSERT_EQ(runs.size(), 1U);
    EXPECT_EQ(runs.at(0).at("elapsed_s").as_double(), 120.0);
    EXPECT_EQ(runs.at(0).at("ended_by"), "met");
}

TEST_F(Cli, ShowsWhatChangedPoliciesWouldDoAndMigrates) {
    const auto text = [](const std::string& within) {
        return "policy: repair.class1\nkind: repair\nclass: 1\nclocks:\n"
               "- {name: depart, from: raised, until: departed, within: " +
               within + "}\n";
    };
    auto book = std::make_shared<processor::Rulebook>();
    book->policies.push_back(std::make_shared<const processor::Policy>(
        processor::parse_policy(text("30m"), "p").value()));
    backend_.rules = book;
    Ticket ticket = open_ticket("T1");
    ticket.calendar_version = "";
    ticket.policy_version = "p-0";  // Of before the last reload.
    backend_.put(ticket);
    const mercaptan::test::TempDir folder;
    std::ofstream{folder.path() / "one.yaml"} << text("2h");
    const Run diff = run({"policies", "diff", "--policies", folder.path().string()});
    EXPECT_EQ(diff.exit_code, 0) << diff.err;
    EXPECT_THAT(diff.out, testing::AllOf(HasSubstr("T1"), HasSubstr("depart"),
                                         HasSubstr("1 open tickets, 1 of another version, 1 with "
                                                   "other deadlines")));
    std::ofstream{folder.path() / "one.yaml"} << text("soon");
    const Run bad = run({"policies", "diff", "--policies", folder.path().string()});
    EXPECT_EQ(bad.exit_code, 2);
    EXPECT_THAT(bad.err, HasSubstr("one.yaml:5:57"));
    EXPECT_EQ(run({"policies", "diff", "--policies", "/nowhere"}).exit_code, 2);

    answer_with(ticket);
    const Run migrated =
        run({"policies", "migrate", "--actor", "boss", "--reason", "article 6.1 changed"});
    EXPECT_EQ(migrated.exit_code, 0) << migrated.err;
    EXPECT_THAT(migrated.out, HasSubstr("1 tickets migrated"));
    const auto command = std::get<processor::TicketCommand>(backend_.last().command.what);
    EXPECT_EQ(command.ticket_id, "T1");
    EXPECT_EQ(command.event, processor::TicketEvent::migrate);
    EXPECT_EQ(command.note, "article 6.1 changed");
    EXPECT_EQ(run({"policies", "migrate", "--actor", "boss"}).exit_code, 2) << "a reason is due";
}

TEST_F(Cli, ActsAndReports) {
    answer_with(open_ticket("T1"));
    const Run act = run({"tickets", "act", "T1", "accept", "--actor", "crew-7", "--note", "马上到",
                         "--if-version", "3", "--key", "k1"});
    EXPECT_EQ(act.exit_code, 0) << act.err;
    EXPECT_THAT(act.out, HasSubstr("T1  Class 1  dispatched"));
    const auto taken = std::get<processor::TicketCommand>(backend_.last().command.what);
    EXPECT_EQ(taken.event, processor::RepairEvent::accept);
    EXPECT_EQ(taken.note, "马上到");
    EXPECT_EQ(taken.if_version, 3U);
    EXPECT_EQ(backend_.last().command.idempotency_key, "ticket/T1/k1");

    const Run report = run({"tickets", "report", "--site", "s1", "--symptom", "gas_smell",
                            "--phone", "138", "--class", "1"});
    EXPECT_EQ(report.exit_code, 0) << report.err;
    EXPECT_THAT(report.out,
                testing::AllOf(HasSubstr("raised T1"), HasSubstr("119"), HasSubstr("valve")));
    EXPECT_EQ(backend_.last().reporter->phone, "138");
}

TEST_F(Cli, RefusalsSayWhatToDo) {
    CommandOutcome outcome;
    outcome.reply.error =
        Error{ErrorCode::conflict, "a ticket that is raised takes no event accept", "event"};
    outcome.reply.allowed = {"dispatch", "cancel"};
    backend_.answer(outcome);
    const Run refused = run({"tickets", "act", "T1", "accept", "--actor", "crew-7"});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.err, HasSubstr("allowed now: dispatch, cancel"));
    EXPECT_TRUE(refused.out.empty());
    EXPECT_EQ(run({"tickets", "act", "T1", "explode", "--actor", "x"}).exit_code, 2);
    EXPECT_EQ(run({"tickets", "act", "T1"}).exit_code, 2);
    EXPECT_EQ(run({"bogus"}).exit_code, 2);
    EXPECT_EQ(run({"readings", "d1", "--from", "soon"}).exit_code, 2);
    EXPECT_EQ(run({"--help"}).exit_code, 0);
    const Run nowhere = run({"tickets"}, "http://127.0.0.1:1");
    EXPECT_EQ(nowhere.exit_code, 1);
    EXPECT_THAT(nowhere.err,
                testing::AllOf(HasSubstr("MERCAPTAN_SERVER"), HasSubstr("http://127.0.0.1:1")));
    EXPECT_EQ(run({"tickets"}, "nonsense").exit_code, 2);
}

TEST_F(Cli, AlarmsAndTheirActions) {
    EXPECT_THAT(run({"alarms"}).out, HasSubstr("no such alarm active"));
    backend_.put(samples::alarm());
    EXPECT_THAT(run({"alarms", "list", "--unacked"}).out,
                testing::AllOf(HasSubstr("gas.alarm"), HasSubstr("UNACKED")));
    CommandOutcome outcome;
    render_alarm(outcome.alarm_json, samples::alarm(), samples::kAt);
    backend_.answer(outcome);
    for (const char* action : {"ack", "confirm", "reset", "shelve", "shelve-once", "unshelve",
                               "suppress", "unsuppress", "out-of-service", "in-service"}) {
        const Run done = run({"alarms", action, "A0123456789ABC", "--actor", "li"});
        EXPECT_EQ(done.exit_code, 0) << done.err;
        const auto command = std::get<processor::AlarmCommand>(backend_.last().command.what);
        std::string verb = action;
        std::replace(verb.begin(), verb.end(), '-', '_');
        EXPECT_EQ(to_string(command.event), verb);
    }
    EXPECT_EQ(run({"alarms", "ack", "A1"}).exit_code, 2);
}

TEST_F(Cli, DevicesAndReadings) {
    backend_.put(samples::device());
    Reading reading = samples::reading();
    reading.site = "s1";
    backend_.put(reading);
    EXPECT_THAT(run({"devices", "list"}).out,
                testing::AllOf(HasSubstr("det-0001"), HasSubstr("offline")));
    EXPECT_THAT(run({"devices", "show", "det-0001"}).out,
                HasSubstr("ch4_lel_pct=23.5 battery_pct=88"));
    EXPECT_THAT(run({"readings", "det-0001", "--newest"}).out,
                testing::AllOf(HasSubstr("41"), HasSubstr("ch4_lel_pct=23.5")));
    EXPECT_THAT(run({"readings", "det-0001", "--step", "1h"}).out, HasSubstr("COUNT"));
    EXPECT_THAT(run({"readings", "det-0001", "--to", "2020-01-01T00:00:00Z"}).out,
                HasSubstr("no reading"));
}

TEST_F(Cli, WatchShowsTheListThenEveryChangeOnce) {
    backend_.put(open_ticket("T1", 1));
    std::atomic<bool> stop{false};
    std::thread changes{[&] {
        for (std::uint64_t version = 2; !stop; ++version) {
            std::string json;
            render_ticket(json, open_ticket("T1", version));
            backend_.feed("ticket", json);
            backend_.feed("ticket", json);  // The same again is no change.
            backend_.feed("alarm", "{}");
            std::this_thread::sleep_for(std::chrono::milliseconds{2});
        }
    }};
    const Run watch = run({"tickets", "watch", "--count", "3"});
    const Run json = run({"tickets", "watch", "--count", "2", "--json"});
    stop = true;
    changes.join();
    EXPECT_EQ(watch.exit_code, 0) << watch.err;
    EXPECT_EQ(std::count(watch.out.begin(), watch.out.end(), '\n'), 4) << watch.out;
    std::istringstream lines{json.out};
    std::string line;
    std::int64_t before = 0;
    while (std::getline(lines, line)) {
        const std::int64_t version = parse(line).at("ticket").at("version").as_int64();
        EXPECT_GT(version, before);
        before = version;
    }
    EXPECT_GT(before, 0);
}

}  // namespace
}  // namespace mercaptan::cli
