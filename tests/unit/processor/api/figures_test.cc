// The golden month: what an independent script counted, and what the API says of the same history.

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "processor/io/alarm_log.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/processor/api/api_fixture.h"

namespace mercaptan::processor::api {
namespace {

namespace json = boost::json;

Instant instant(const json::value& ms) {
    return Instant{ms.to_number<std::int64_t>()};
}

StateCategory category(std::string_view name) {
    if (name == "waiting") return StateCategory::waiting;
    if (name == "done") return StateCategory::done;
    return name == "void" ? StateCategory::voided : StateCategory::open;
}

class FiguresTest : public ApiTest {
protected:
    void SetUp() override {
        ApiTest::SetUp();
        auto rules = std::make_shared<Rulebook>(*backend_.rules);
        rules->time_zone = TimeZone{{{Instant{0}, 8 * 3600}}};  // Asia/Shanghai since 1992.
        backend_.rules = rules;
    }

    /// Runs the script and puts its month into the store.
    void load_golden_month() {
        test::TempDir folder;
        const auto file = folder.path() / "month.json";
        test::Process script{{"python3", MERCAPTAN_GOLDEN_MONTH, file.string()},
                             folder.path() / "log"};
        ASSERT_EQ(script.wait(std::chrono::seconds{60}), 0);
        std::ifstream in{file};
        std::stringstream text;
        text << in.rdbuf();
        month_ = parse(text.str()).as_object();
        for (const json::value& ticket : month_.at("tickets").as_array())
            put_ticket(ticket.as_object());
        for (const json::value& alarm : month_.at("alarms").as_array())
            put_alarm(alarm.as_object());
    }
    [[nodiscard]] const json::value& expected(std::string_view name) const {
        return month_.at("expected").at(name);
    }
    [[nodiscard]] std::string expected_lines(std::string_view name) const {
        std::string text;
        for (const json::value& line : expected(name).as_array())
            text.append(line.as_string()).append("\r\n");
        return text;
    }

private:
    [[nodiscard]] TicketState state(std::string_view name) const {
        const json::value& known = month_.at("states").at(name);
        return {.name = Name{name},
                .category = category(known.at("category").as_string()),
                .in_hand = known.at("in_hand").as_bool()};
    }
    void put_ticket(const json::object& from) {
        Ticket ticket;
        ticket.id = from.at("id").as_string();
        ticket.kind = ticket_kind_from(from.at("kind").as_string()).value();
        if (!from.at("class").is_null())
            ticket.ticket_class =
                static_cast<TicketClass>(from.at("class").to_number<std::uint8_t>());
        ticket.policy = from.at("policy").as_string();
        ticket.site = Name{from.at("site").as_string()};
        ticket.zone = Name{from.at("zone").as_string()};
        ticket.cause.condition = from.at("condition").as_string();
        ticket.state = state(from.at("state").as_string());
        ticket.opened_at = instant(from.at("received"));
        ticket.recorded_at = ticket.opened_at;
        if (!from.at("closed_at").is_null()) ticket.closed_at = instant(from.at("closed_at"));
        if (from.at("valve_closed").as_bool()) ticket.safety = R"({"valve_closed":true})";
        backend_.put(ticket);
        for (const json::value& line : from.at("log").as_array())
            put_line(ticket.id, line.as_object());
    }
    void put_line(const std::string& ticket, const json::object& from) {
        LogEntry line;
        line.ticket_id = ticket;
        line.index = lines_++;
        line.at = instant(from.at("at"));
        line.recorded_at = line.at;
        line.event = {.name = Name{from.at("event").as_string()}};
        line.clock = from.at("clock").as_string();
        if (!from.at("to").is_null()) line.to = state(from.at("to").as_string());
        for (const auto& field : from.at("fields").as_object())
            line.fields.push_back({.name = Name{std::string_view{field.key()}},
                                   .value = std::string{field.value().as_string()}});
        backend_.put(line);
    }
    /// A row when it begins, one when it is over, and the alarm itself while it stands.
    void put_alarm(const json::object& from) {
        Alarm alarm;
        alarm.id = from.at("id").as_string();
        alarm.device = Name{"d-" + alarm.id};
        alarm.condition = "gas.alarm";
        alarm.severity = from.at("severity").to_number<std::uint16_t>();
        alarm.since = instant(from.at("at"));
        alarm.changed_at = alarm.since;
        alarm.active = true;
        alarm.occurrences = 1;
        put_row(alarm, 0);
        const bool over = !from.at("end").is_null() && instant(from.at("end")) <= backend_.now();
        if (!over) return backend_.put(alarm);
        alarm.active = false;
        alarm.changed_at = instant(from.at("end"));
        put_row(alarm, 1);
    }
    void put_row(const Alarm& alarm, std::uint64_t occurrences) {
        const AlarmLogRow row = alarm_log_row(alarm, occurrences, ++commits_);
        std::string key;
        std::string value;
        alarm_log_key(key, row);
        encode_alarm_log(value, row);
        EXPECT_EQ(decode_alarm_log(key, value).value(), row);
        backend_.put(StoreTable::alarm_log, key, value);
    }

    json::object month_;
    std::uint64_t lines_ = 0;
    std::uint64_t commits_ = 0;
};

/// Every member of `expected` is in `found`, and the same; numbers to their last digit.
void expect_same(const json::value& found, const json::value& expected, const std::string& path) {
    if (const auto* object = expected.if_object()) {
        ASSERT_TRUE(found.is_object()) << path;
        EXPECT_EQ(found.get_object().size(), object->size()) << path;
        for (const auto& [name, value] : *object) {
            const auto* member = found.get_object().if_contains(name);
            ASSERT_NE(member, nullptr) << path << "." << name;
            expect_same(*member, value, path + "." + std::string{name});
        }
    } else if (const auto* array = expected.if_array()) {
        ASSERT_TRUE(found.is_array()) << path;
        ASSERT_EQ(found.get_array().size(), array->size()) << path << ": " << found;
        for (std::size_t i = 0; i < array->size(); ++i)
            expect_same(found.get_array()[i], (*array)[i], path + "[" + std::to_string(i) + "]");
    } else if (expected.is_number()) {
        ASSERT_TRUE(found.is_number()) << path;
        EXPECT_EQ(found.to_number<double>(), expected.to_number<double>()) << path;
    } else {
        EXPECT_EQ(found, expected) << path;
    }
}

TEST_F(FiguresTest, TheGoldenMonthIsWhatAnotherCounted) {
    load_golden_month();
    const auto found = get("/api/v1/kpi?month=2026-10");
    expect_same(found.at("groups"), expected("kpi").at("groups"), "groups");
    expect_same(found.at("alarms"), expected("kpi").at("alarms"), "alarms");
    EXPECT_EQ(found.at("from").as_string(), "2026-09-30T16:00:00.000Z");
    EXPECT_EQ(found.at("to").as_string(), "2026-10-31T16:00:00.000Z");
}

TEST_F(FiguresTest, TheReportsOfTheGoldenMonth) {
    load_golden_month();
    const auto report = [&](const std::string& name) {
        const auto response = ask("GET", "/api/v1/reports/" + name + "?month=2026-10");
        EXPECT_EQ(response.status, 200) << response.body;
        EXPECT_EQ(response.headers.at("content-type"), "text/csv; charset=utf-8; header=present");
        return response.body;
    };
    EXPECT_EQ(report("call_backs.csv"), expected_lines("call_backs.csv"));
    EXPECT_EQ(report("new_york.csv"), expected_lines("new_york.csv"));
    EXPECT_NE(report("service.csv").find(",attendance,,dc_mean,"), std::string::npos);
    EXPECT_NE(report("alarms.csv").find("flood,,4,4464,0.09\r\n"), std::string::npos);
    const std::string log = report("new_york_log.csv");
    const auto received =
        expected("kpi").at("groups").at(0).at("attendance").at("received").to_number<int>();
    EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), received + 1);
}

TEST_F(FiguresTest, GroupsAddUp) {
    load_golden_month();
    const auto all = get("/api/v1/kpi?month=2026-10").at("groups").at(0);
    for (const char* by : {"class", "zone", "policy", "month"}) {
        const auto groups =
            get("/api/v1/kpi?month=2026-10&group_by=" + std::string{by}).at("groups");
        ASSERT_GE(groups.as_array().size(), 1U) << by;
        std::int64_t received = 0;
        std::int64_t fixed = 0;
        for (const auto& group : groups.as_array()) {
            received += group.at("received").to_number<std::int64_t>();
            fixed += group.at("first_time_fix").at("count").to_number<std::int64_t>();
        }
        EXPECT_EQ(received, all.at("received").to_number<std::int64_t>()) << by;
        EXPECT_EQ(fixed, all.at("first_time_fix").at("count").to_number<std::int64_t>()) << by;
    }
}

TEST_F(FiguresTest, OfNothingThereIsNoShare) {
    const auto found = get("/api/v1/kpi?month=2026-10");
    const auto& group = found.at("groups").at(0);
    EXPECT_TRUE(group.at("first_time_fix").at("pct").is_null());
    EXPECT_TRUE(group.at("attendance").at("uk_met").is_null());
    EXPECT_TRUE(group.at("satisfaction").at("mean").is_null());
    EXPECT_EQ(found.at("alarms").at("flood").at("of").to_number<int>(), 31 * 144);
}

TEST_F(FiguresTest, WhatMakesNoSenseIsRefusedByName) {
    expect_problem(ask("GET", "/api/v1/kpi?month=2026-13"), 400, "month");
    expect_problem(ask("GET", "/api/v1/kpi?month=2026-10&from=1"), 400, "month");
    expect_problem(ask("GET", "/api/v1/kpi?group_by=crew"), 400, "group_by");
    expect_problem(ask("GET", "/api/v1/kpi?from=2026-10-02T00:00:00Z&to=2026-10-01T00:00:00Z"), 400,
                   "to");
    expect_problem(ask("GET", "/api/v1/reports/people.csv"), 404);
}

}  // namespace
}  // namespace mercaptan::processor::api
