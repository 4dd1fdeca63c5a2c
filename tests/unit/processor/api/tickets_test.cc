#include "tests/support/repair_names.h"
#include "tests/unit/processor/api/api_fixture.h"

namespace mercaptan::processor::api {
namespace {

using samples::kAt;

class TicketsApi : public ApiTest {
protected:
    static Ticket ticket(const std::string& id, TicketState state, TicketClass ticket_class,
                         const char* site = "s1", const char* zone = "z1") {
        Ticket t = samples::ticket();
        t.id = id;
        t.kind = TicketKind::repair;
        t.state = state;
        t.ticket_class = ticket_class;
        t.site = site;
        t.zone = zone;
        return t;
    }
    void put_four() {
        backend_.put(ticket("T1", RepairState::closed, TicketClass::one));
        backend_.put(ticket("T2", RepairState::dispatched, TicketClass::two, "s2"));
        backend_.put(ticket("T3", RepairState::accepted, TicketClass::one, "s1", "z2"));
        Ticket complaint = ticket("T4", RepairState::raised, TicketClass::one);
        complaint.kind = TicketKind::complaint;
        complaint.ticket_class.reset();
        backend_.put(complaint);
    }
    void expect_refused_report(const std::string& body, const std::string& field) {
        SCOPED_TRACE(body);
        const std::size_t before = backend_.submissions();
        expect_problem(ask("POST", "/api/v1/tickets", body), 400, field);
        EXPECT_EQ(backend_.submissions(), before);
    }
    void answer_with(const Ticket& ticket, bool created = true) {
        CommandOutcome outcome;
        outcome.reply.ticket_id = ticket.id;
        outcome.reply.created = created;
        render_ticket(outcome.ticket_json, ticket);
        backend_.answer(outcome);
    }
    FaultReport reported() { return std::get<FaultReport>(backend_.last().command.what); }
    TicketCommand event() { return std::get<TicketCommand>(backend_.last().command.what); }
};

TEST_F(TicketsApi, ListIsNewestFirstAndFiltered) {
    put_four();
    const struct {
        const char* query;
        const char* expected;
    } rows[] = {
        {"", "T4 T3 T2 T1"},
        {"?open=true", "T4 T3 T2"},
        {"?open=false", "T1"},
        {"?state=closed,accepted", "T3 T1"},
        {"?class=1", "T3 T1"},
        {"?class=1,2", "T3 T2 T1"},
        {"?kind=complaint", "T4"},
        {"?site=s2", "T2"},
        {"?zone=z2", "T3"},
        {"?zone=z1&open=true&kind=repair", "T2"},
        {"?limit=100000", "T4 T3 T2 T1"},
        {"?site=nowhere", ""},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(ids(get("/api/v1/tickets" + std::string{row.query})), row.expected) << row.query;
    }
}

TEST_F(TicketsApi, PagesJoinWithoutGapOrRepetition) {
    put_four();
    std::string all;
    std::string target = "/api/v1/tickets?limit=3";
    for (int page = 0; page < 3; ++page) {
        const auto list = get(target);
        all += ids(list) + '|';
        if (list.at("next_cursor").is_null()) break;
        target =
            "/api/v1/tickets?limit=3&cursor=" + std::string{list.at("next_cursor").as_string()};
    }
    EXPECT_EQ(all, "T4 T3 T2|T1|");
}

TEST_F(TicketsApi, BadParametersAreNamed) {
    const std::pair<const char*, const char*> rows[] = {
        {"colour=red", "colour"}, {"state=broken", "state"}, {"class=4", "class"},
        {"class=one", "class"},   {"kind=x", "kind"},        {"open=yes", "open"},
        {"limit=0", "limit"},     {"limit=-1", "limit"},     {"limit=ten", "limit"},
        {"cursor=xyz", "cursor"}, {"zone=", "zone"},
    };
    for (const auto& [query, field] : rows) {
        expect_problem(ask("GET", "/api/v1/tickets?" + std::string{query}), 400, field);
    }
}

TEST_F(TicketsApi, SingleTicketAloneShowsWhoReported) {
    backend_.put(samples::ticket());
    std::string key;
    std::string value;
    people_key(key, samples::ticket().id, 1);
    encode_reporter(value, {.name = "王芳", .phone = "13800000000"});
    backend_.put(StoreTable::people, key, value);
    const auto response = ask("GET", "/api/v1/tickets/T01ABCDEFGH");
    EXPECT_EQ(response.headers.at("etag"), "\"9\"");
    EXPECT_EQ(response.headers.at("cache-control"), "no-store");
    const auto ticket = parse(response.body);
    EXPECT_EQ(ticket.at("reporter").at("phone").as_string(), "13800000000");
    EXPECT_EQ(ticket.at("description").as_string(), "楼道有气味");
    EXPECT_THAT(ask("GET", "/api/v1/tickets").body, testing::Not(testing::HasSubstr("138")));
    expect_problem(ask("GET", "/api/v1/tickets/T0"), 404);
}

TEST_F(TicketsApi, HistoryInOrderAndInPages) {
    backend_.put(samples::ticket());
    for (std::uint64_t i = 0; i < 300; ++i) {
        LogEntry entry = samples::log_entry();
        entry.index = i;
        backend_.put(entry);
    }
    const auto first = get("/api/v1/tickets/T01ABCDEFGH/history?limit=257");
    EXPECT_EQ(first.at("items").as_array().size(), 257U);
    EXPECT_EQ(first.at("items").at(256).at("index").as_int64(), 256);
    const auto second = get("/api/v1/tickets/T01ABCDEFGH/history?cursor=" +
                            std::string{first.at("next_cursor").as_string()});
    EXPECT_EQ(second.at("items").as_array().size(), 43U);
    EXPECT_EQ(second.at("items").at(0).at("index").as_int64(), 257);
    EXPECT_TRUE(second.at("next_cursor").is_null());
    expect_problem(ask("GET", "/api/v1/tickets/T0/history"), 404);
}

TEST_F(TicketsApi, DamagedRowIsAnErrorWithoutDetails) {
    backend_.put(StoreTable::tickets, "T9", "\xFF\xFF");
    const auto response = ask("GET", "/api/v1/tickets");
    expect_problem(response, 500);
    EXPECT_THAT(response.body, testing::Not(testing::HasSubstr("malformed")));
}

TEST_F(TicketsApi, ReportIsTakenWhole) {
    answer_with(samples::ticket());
    const auto response = ask(
        "POST", "/api/v1/tickets",
        R"({"kind":"repair","class":1,"channel":"hotline","site":"s1","zone":"z1","policy":"repair.class1",
            "received_at":"2026-11-21T08:10:00Z","occurred_at":1795248000123,"symptom":"gas_smell",
            "description":"楼道\n有气味","safety":{"ventilated":true,"valve_closed":false},
            "reporter":{"name":"王芳","phone":"13800000000","account":"42","address":"中山路 1 号"},
            "actor":"li"})",
        {{"idempotency-key", "call-17"}});
    EXPECT_EQ(response.status, 201) << response.body;
    EXPECT_EQ(response.headers.at("location"), "tickets/T01ABCDEFGH");
    const auto body = parse(response.body);
    EXPECT_EQ(body.at("id").as_string(), "T01ABCDEFGH");
    EXPECT_FALSE(body.at("joined").as_bool());
    EXPECT_THAT(std::string{body.at("guidance").at("zh").as_string()}, testing::HasSubstr("119"));
    EXPECT_THAT(std::string{body.at("guidance").at("en").as_string()}, testing::HasSubstr("valve"));
    EXPECT_GE(body.at("guidance").at("steps").as_array().size(), 5U);

    const auto taken = backend_.last();
    EXPECT_EQ(taken.command.actor, "li");
    EXPECT_EQ(taken.command.idempotency_key, "report/call-17");
    EXPECT_EQ(
        taken.reporter,
        (Reporter{
            .name = "王芳", .phone = "13800000000", .account = "42", .address = "中山路 1 号"}));
    const FaultReport report = reported();
    EXPECT_EQ(report.ticket_class, TicketClass::one);
    EXPECT_EQ(report.policy, "repair.class1");
    EXPECT_EQ(report.symptom, Symptom::gas_smell);
    EXPECT_EQ(report.received_at, parse_rfc3339("2026-11-21T08:10:00Z").value());
    EXPECT_EQ(report.occurred_at, kAt);
    EXPECT_EQ(report.description, "楼道\n有气味");
    EXPECT_EQ(report.safety, R"({"ventilated":true,"valve_closed":false})");
}

TEST_F(TicketsApi, ShortReportIsEnough) {
    answer_with(samples::ticket(), /*created=*/false);
    const auto response =
        ask("POST", "/api/v1/tickets",
            R"({"kind":"repair","channel":"web","site":"s1","symptom":"fire","class":null})");
    EXPECT_EQ(response.status, 201);
    const auto body = parse(response.body);
    EXPECT_TRUE(body.at("joined").as_bool());
    EXPECT_EQ(body.at("guidance").at("steps").at(0).at("id").as_string(), "leave");
    EXPECT_EQ(backend_.last().command.actor, "web");
    EXPECT_FALSE(backend_.last().reporter);
    // Without a site somebody can still be called back.
    EXPECT_EQ(ask("POST", "/api/v1/tickets",
                  R"({"kind":"complaint","channel":"app","reporter":{"phone":"138"}})")
                  .status,
              201);
}

TEST_F(TicketsApi, EveryBadReportIsRefusedByField) {
    const auto with = [](const std::string& more) {
        return R"({"kind":"repair","channel":"web","site":"s1","symptom":"leak")" + more + "}";
    };
    expect_refused_report(R"({"channel":"web","site":"s","symptom":"leak"})", "kind");
    expect_refused_report(R"({"kind":"repair","site":"s","symptom":"leak"})", "channel");
    expect_refused_report(R"({"kind":"repair","channel":"web","symptom":"leak"})", "site");
    expect_refused_report(R"({"kind":"repair","channel":"web","site":"s"})", "symptom");
    expect_refused_report(R"({"kind":"party","channel":"web","site":"s"})", "kind");
    expect_refused_report(R"({"kind":7,"channel":"web","site":"s"})", "kind");
    expect_refused_report(with(R"(,"sympton":"leak")"), "sympton");
    expect_refused_report(with(R"(,"class":4)"), "class");
    expect_refused_report(with(R"(,"class":"1")"), "class");
    expect_refused_report(with(R"(,"class":1.5)"), "class");
    expect_refused_report(with(R"(,"zone":"a/b")"), "zone");
    expect_refused_report(with(R"(,"zone":"")"), "zone");
    expect_refused_report(with(R"(,"received_at":"yesterday")"), "received_at");
    expect_refused_report(with(R"(,"received_at":"2026-11-21T09:00:00.124Z")"), "received_at");
    expect_refused_report(with(R"(,"occurred_at":true)"), "occurred_at");
    expect_refused_report(with(R"(,"occurred_at":4000000000000)"), "occurred_at");
    expect_refused_report(with(R"(,"description":"a\u0000b")"), "description");
    expect_refused_report(with(R"(,"description":")" + std::string(8001, 'x') + '"'),
                          "description");
    expect_refused_report(with(R"(,"safety":[])"), "safety");
    expect_refused_report(with(R"(,"safety":{"ventilated":"yes"})"), "safety.ventilated");
    expect_refused_report(with(R"(,"safety":{"windows":true})"), "safety.windows");
    expect_refused_report(with(R"(,"reporter":"me")"), "reporter");
    expect_refused_report(with(R"(,"reporter":{"phone":138})"), "reporter.phone");
    expect_refused_report(with(R"(,"reporter":{"email":"x"})"), "reporter.email");
    expect_refused_report(with(R"(,"reporter":{"phone":")" + std::string(41, '1') + "\"}"),
                          "reporter.phone");
    expect_refused_report("{", "");
    expect_refused_report("[]", "");
    expect_refused_report("{\"kind\":\"\xFF\"}", "");
    expect_refused_report(R"({"a":{"b":{"c":{"d":{"e":1}}}}})", "");
    expect_refused_report(R"({"kind":"repair"} x)", "");
}

TEST_F(TicketsApi, BodiesThatAreNotForUs) {
    expect_problem(ask("POST", "/api/v1/tickets", "kind=repair",
                       {{"content-type", "application/x-www-form-urlencoded"}}),
                   415);
    expect_problem(ask("POST", "/api/v1/tickets", std::string(kBodyBytesMax + 1, ' ')), 413);
    expect_problem(ask("POST", "/api/v1/tickets"), 400, "kind");
    const Headers charset{{"content-type", "Application/JSON; charset=utf-8"}};
    answer_with(samples::ticket());
    EXPECT_EQ(ask("POST", "/api/v1/tickets",
                  R"({"kind":"repair","channel":"web","site":"s1","symptom":"leak"})", charset)
                  .status,
              201);
    expect_problem(ask("POST", "/api/v1/tickets",
                       R"({"kind":"repair","channel":"web","site":"s1","symptom":"leak"})",
                       {{"idempotency-key", std::string(129, 'k')}}),
                   400, "Idempotency-Key");
}

TEST_F(TicketsApi, EventReachesTheProcessor) {
    answer_with(samples::ticket());
    const auto response = ask("POST", "/api/v1/tickets/T01ABCDEFGH/events",
                              R"({"event":"dispatch","actor":"li","at":"2026-11-21T08:00:01Z",
                                  "note":"快","crew":"crew-7","class":2})",
                              {{"if-match", "\"8\""}, {"idempotency-key", "k"}});
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(parse(response.body).at("id").as_string(), "T01ABCDEFGH");
    EXPECT_EQ(backend_.last().command.actor, "li");
    EXPECT_EQ(backend_.last().command.idempotency_key, "ticket/T01ABCDEFGH/k");
    const TicketCommand taken = event();
    EXPECT_EQ(taken.ticket_id, "T01ABCDEFGH");
    EXPECT_EQ(taken.event, RepairEvent::dispatch);
    EXPECT_EQ(taken.at, parse_rfc3339("2026-11-21T08:00:01Z").value());
    EXPECT_EQ(taken.if_version, 8U);
    EXPECT_EQ(taken.note, "快");
    EXPECT_EQ(taken.crew, Name{"crew-7"});
    EXPECT_EQ(taken.ticket_class, TicketClass::two);
    for (const char* version : {"8", "W/\"8\""}) {
        (void)ask("POST", "/api/v1/tickets/T1/events", R"({"event":"note","actor":"li"})",
                  {{"if-match", version}});
        EXPECT_EQ(event().if_version, 8U) << version;
    }
    (void)ask("POST", "/api/v1/tickets/T1/events", R"({"event":"note","actor":"li"})",
              {{"if-match", "*"}});
    EXPECT_FALSE(event().if_version);
}

TEST_F(TicketsApi, RepeatedCommandAnswersWithTheTicketAsItIs) {
    backend_.put(samples::ticket());
    CommandOutcome outcome;
    outcome.reply.ticket_id = samples::ticket().id;
    outcome.reply.replayed = true;
    backend_.answer(outcome);
    const auto response =
        ask("POST", "/api/v1/tickets/T01ABCDEFGH/events", R"({"event":"accept","actor":"crew-7"})");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(parse(response.body).at("version").as_int64(), 9);
}

TEST_F(TicketsApi, RefusalsOfTheProcessorKeepTheirMeaning) {
    const struct {
        ErrorCode code;
        int status;
        const char* field;
    } rows[] = {
        {ErrorCode::not_found, 404, ""},
        {ErrorCode::conflict, 409, "event"},
        {ErrorCode::precondition_failed, 412, ""},
        {ErrorCode::forbidden, 403, "actor"},
        {ErrorCode::invalid_input, 400, "note"},
        {ErrorCode::unavailable, 503, ""},
        {ErrorCode::io, 500, ""},
    };
    for (const auto& row : rows) {
        CommandOutcome outcome;
        outcome.reply.error = Error{row.code, "why", row.field};
        outcome.reply.allowed = {"depart", "note"};
        backend_.answer(outcome);
        const auto response =
            ask("POST", "/api/v1/tickets/T1/events", R"({"event":"accept","actor":"crew-7"})");
        expect_problem(response, row.status, row.field);
        const auto problem = parse(response.body);
        EXPECT_FALSE(problem.at("title_zh").as_string().empty());
        EXPECT_EQ(problem.as_object().contains("allowed"), row.status == 409);
        if (row.status == 409) {
            EXPECT_EQ(problem.at("allowed").at(0).as_string(), "depart");
        }
    }
}

TEST_F(TicketsApi, BadEventsAreRefusedByField) {
    const std::pair<const char*, const char*> rows[] = {
        {R"({"actor":"li"})", "event"},
        {R"({"event":"accept"})", "actor"},
        {R"({"event":"raised","actor":"li"})", "event"},
        {R"({"event":"accept","actor":"a#b"})", "actor"},
        {R"({"event":"accept","actor":"li","at":"now"})", "at"},
        {R"({"event":"accept","actor":"li","why":"x"})", "why"},
        {R"({"event":"reclassify","actor":"li","class":0})", "class"},
        {R"({"event":"dispatch","actor":"li","crew":7})", "crew"},
    };
    for (const auto& [body, field] : rows) {
        SCOPED_TRACE(body);
        expect_problem(ask("POST", "/api/v1/tickets/T1/events", body), 400, field);
    }
    expect_problem(ask("POST", "/api/v1/tickets/T1/events", R"({"event":"note","actor":"li"})",
                       {{"if-match", "latest"}}),
                   400, "If-Match");
    EXPECT_EQ(backend_.submissions(), 0U);
}

TEST_F(TicketsApi, NoticesAreListedFedAndShownAsSent) {
    std::string value;
    for (const char* id : {"T1-n2", "T1-n4", "T2-n2"}) {
        encode_notice(value, {.ticket_id = std::string{id}.substr(0, 2),
                              .zone = "z1",
                              .sent_at = kAt,
                              .status = "Actual",
                              .message = "Alert",
                              .area = "Lane 3",
                              .headline_zh = "停气",
                              .headline_en = "gas off",
                              .cap = "<alert/>"});
        backend_.put(StoreTable::notices, id, value);
    }
    const auto first = get("/api/v1/notices?limit=2");
    ASSERT_EQ(first.at("items").as_array().size(), 2U);
    EXPECT_EQ(first.at("items").at(0).at("id").as_string(), "T2-n2");
    EXPECT_EQ(first.at("items").at(1).at("id").as_string(), "T1-n4");
    EXPECT_EQ(first.at("items").at(0).at("headline").at("zh").as_string(), "停气");
    const std::string cursor{first.at("next_cursor").as_string()};
    const auto last = get("/api/v1/notices?limit=2&cursor=" + cursor);
    ASSERT_EQ(last.at("items").as_array().size(), 1U);
    EXPECT_EQ(last.at("items").at(0).at("id").as_string(), "T1-n2");
    const auto shown = ask("GET", "/api/v1/notices/T1-n4");
    EXPECT_EQ(shown.body, "<alert/>");
    EXPECT_EQ(shown.headers.at("content-type"), "application/cap+xml; charset=utf-8");
    const auto feed = ask("GET", "/api/v1/notices.atom");
    EXPECT_EQ(feed.headers.at("content-type"), "application/atom+xml; charset=utf-8");
    EXPECT_THAT(feed.body, testing::HasSubstr("href=\"notices/T2-n2\""));
    expect_problem(ask("GET", "/api/v1/notices/T9-n1"), 404, "");
}

}  // namespace
}  // namespace mercaptan::processor::api
