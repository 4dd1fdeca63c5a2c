#include "processor/io/render.h"

#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "processor/core/texts.h"
#include "tests/unit/processor/io/rows_samples.h"

namespace mercaptan::processor {
namespace {

using samples::kAt;

template <class Render>
std::string text_of_json(const Render& render) {
    std::string out;
    render(out);
    boost::json::error_code error;
    boost::json::parse(out, error);
    EXPECT_FALSE(error) << out;
    return out;
}

TEST(Render, TicketHasTheContractsFields) {
    const std::string json =
        text_of_json([](std::string& out) { render_ticket(out, samples::ticket()); });
    EXPECT_EQ(
        json,
        R"({"id":"T01ABCDEFGH","kind":"hazard","class":1,"policy":"repair.class1",)"
        R"("policy_version":"p-3","calendar_version":"c-1","state":"on_site",)"
        R"("site":"s1","zone":"z1","devices":["det-0001","det-0002"],"cause":{"condition":"gas.alarm",)"
        R"("device":"det-0001","value":23.5,"unit":"%LEL","at":"2026-11-21T08:00:00.123Z"},)"
        R"("opened_at":"2026-11-21T08:00:00.123Z","recorded_at":"2026-11-21T08:00:00.163Z",)"
        R"("closed_at":"2026-11-21T08:00:00.183Z","assignee":"crew-7","attempt":2,"escalation_level":1,)"
        R"("clocks":[{"name":"depart","cycle":2,"status":"met","started_at":"2026-11-21T08:00:00.123Z",)"
        R"("due_at":"2026-11-21T08:30:00.123Z","ended_at":"2026-11-21T08:00:01.123Z"}],)"
        R"("channel":"device","symptom":"gas_smell","unregistered":true,"late":true,)"
        R"("rule_version":"r1","version":9,"source_events":["gw-1/3/900/2"],"source_event_count":70})");
}

TEST(Render, WhatATicketDoesNotHaveIsNull) {
    const std::string json =
        text_of_json([](std::string& out) { render_ticket(out, samples::bare_ticket()); });
    for (const char* member :
         {"class", "zone", "closed_at", "assignee", "symptom", "device", "value", "unit"}) {
        EXPECT_THAT(json, testing::HasSubstr("\"" + std::string{member} + "\":null"));
    }
}

TEST(Render, PersonalDataIsInTheSingleTicketOnly) {
    const Reporter first{.name = "王芳", .phone = "13800000000"};
    const Reporter second{.name = "李雷", .address = "中山路 1 号"};
    const std::vector<Reporter> reporters{first, second};
    const std::string plain =
        text_of_json([](std::string& out) { render_ticket(out, samples::ticket()); });
    EXPECT_THAT(plain, testing::Not(testing::HasSubstr("楼道")));
    const std::string full = text_of_json(
        [&](std::string& out) { render_ticket_in_full(out, samples::ticket(), reporters); });
    EXPECT_THAT(full, testing::StartsWith(plain.substr(0, plain.size() - 1)));
    EXPECT_THAT(full,
                testing::HasSubstr(R"("description":"楼道有气味","safety":{"ventilated":true})"));
    EXPECT_THAT(
        full,
        testing::HasSubstr(
            R"("reporter":{"name":"王芳","phone":"13800000000","account":null,"address":null})"));
    EXPECT_THAT(full, testing::HasSubstr(R"("further_reporters":[{"name":"李雷")"));
}

TEST(Render, HistoryItem) {
    EXPECT_EQ(
        text_of_json([](std::string& out) { render_log_entry(out, samples::log_entry()); }),
        R"({"index":4,"version":5,"at":"2026-11-21T08:00:00.123Z",)"
        R"("recorded_at":"2026-11-21T08:00:00.124Z","actor":"system","event":"clock_breached",)"
        R"("clock":"depart","from":"raised","to":"dispatched","late_s":1.5,"note":"备注",)"
        R"("policy":"repair.class1","policy_version":"p-3","calendar_version":"c-1"})");
}

TEST(Render, AlarmIsShelvedUntilThen) {
    const std::string before =
        text_of_json([](std::string& out) { render_alarm(out, samples::alarm(), kAt); });
    EXPECT_THAT(before,
                testing::HasSubstr(R"("shelved":true,"shelved_until":"2026-11-21T08:00:01.123Z")"));
    EXPECT_THAT(before, testing::HasSubstr(R"("severity":900,"value":23.5,"unit":"%LEL")"));
    const std::string after = text_of_json(
        [](std::string& out) { render_alarm(out, samples::alarm(), kAt + Duration{1000}); });
    EXPECT_THAT(after, testing::HasSubstr(R"("shelved":false,"shelved_until":null)"));
}

TEST(Render, DispatchOrderCarriesCauseAndGuidance) {
    DispatchOrder order;
    order.order_id = "O1";
    order.ticket_id = "T1";
    order.ticket_class = TicketClass::one;
    order.site = "s1";
    order.issued_at = kAt;
    order.accept_by = kAt + Duration{600'000};
    order.cause = samples::ticket().cause;
    const std::string json =
        text_of_json([&](std::string& out) { render_dispatch_order(out, order); });
    EXPECT_THAT(json,
                testing::StartsWith(R"({"order_id":"O1","ticket_id":"T1","class":1,"site":"s1",)"
                                    R"("zone":null,"crew":null,"attempt":1,)"));
    EXPECT_THAT(json, testing::HasSubstr(R"("depart_by":null,"cause":{"condition":"gas.alarm")"));
    EXPECT_THAT(json, testing::HasSubstr(R"("guidance":{"zh":")"));
}

TEST(Render, PageSaysInWordsWhatWasMissed) {
    Page page;
    page.page_id = "P1";
    page.ticket_id = "T1";
    page.ticket_class = TicketClass::one;
    page.site = "s1";
    page.level = 2;
    page.at = kAt;
    page.reason = "clock depart breached";
    const std::string json = text_of_json([&](std::string& out) { render_page(out, page); });
    EXPECT_THAT(json, testing::HasSubstr("一级（紧急）工单 T1（s1）：“出发”超时，升级级别 2"));
    EXPECT_THAT(json,
                testing::HasSubstr("Class 1 (emergency) ticket T1 at s1: the depart deadline"));
}

TEST(Render, EveryReasonOfAPageIsSaidInBothLanguages) {
    struct Row {
        std::string reason;
        const char* zh;
        const char* en;
    };
    const Row rows[] = {
        {"clock depart warned", "“出发”即将超时", "the depart deadline is near"},
        {"no crew on duty", "无人值班", "no crew is on duty"},
        {"class raised", "工单升为更高类别", "its class was raised"},
        {"nobody has accepted", "仍无人接单", "nobody has accepted it"},
        {"the shift of crew-1 has ended: hand over what it has",
         "crew-1已到下班时间，请交接手上的工作",
         "the shift of crew-1 has ended: hand over what it has"},
        {area_reason(12), "区域事件，涉及地址数：12", "area incident, addresses: 12"},
        {reason_of_missing_year(2027, "arrive"), "日历缺少2027年的节假日，“到场”期限暂按星期计算",
         "the calendar has no data of 2027, so the arrive deadline counts by weekday"}};
    for (const Row& row : rows) {
        Page page;
        page.reason = row.reason;
        EXPECT_THAT(text_of(page).zh, testing::HasSubstr(row.zh));
        EXPECT_THAT(text_of(page).en, testing::HasSubstr(row.en));
    }
}

TEST(Render, ReadingItem) {
    HistoryRow row;
    row.reading = samples::reading();
    row.recorded_at = kAt + Duration{1000};
    EXPECT_EQ(text_of_json([&](std::string& out) { render_reading(out, row); }),
              R"({"at":"2026-11-21T08:00:00.123Z","received_at":"2026-11-21T08:00:00.373Z",)"
              R"("recorded_at":"2026-11-21T08:00:01.123Z","site":"站点-7","seq":41,)"
              R"("values":{"ch4_lel_pct":23.5,"battery_pct":88},"status":["alarm_high","mute"],)"
              R"("urgent":true,"late":false,"quality":"good"})");
}

TEST(Render, DeviceByRegistryOrStateOrBoth) {
    RegistryEntry entry;
    entry.device_id = "det-0001";
    entry.site = "s1";
    entry.kind = DeviceKind::co_detector;
    entry.installed_on = kAt;
    entry.expected_interval = Duration{90'500};
    const DeviceRow state = samples::device();
    const std::string both =
        text_of_json([&](std::string& out) { render_device(out, entry, &state); });
    EXPECT_THAT(both, testing::HasSubstr(R"("unregistered":false)"));
    EXPECT_THAT(both, testing::HasSubstr(R"("installed_on":"2026-11-21")"));
    EXPECT_THAT(both, testing::HasSubstr(R"("expected_interval_s":90.5)"));
    EXPECT_THAT(both, testing::HasSubstr(R"("last_seq":70000)"));
    const std::string unknown =
        text_of_json([&](std::string& out) { render_device(out, std::nullopt, &state); });
    EXPECT_THAT(unknown, testing::HasSubstr(R"("unregistered":true)"));
    const std::string silent =
        text_of_json([&](std::string& out) { render_device(out, entry, nullptr); });
    EXPECT_THAT(silent, testing::HasSubstr(R"("last_event_at":null)"));
}

TEST(Texts, EveryKindOfDangerHasGuidanceInBothLanguages) {
    for (const char* cause : {"gas.alarm", "co.dose", "report.gas_smell", "report.fire", ""}) {
        const Guidance guidance = guidance_for(cause);
        EXPECT_GE(guidance.steps.size(), 5U);
        for (const char* word : {"阀", "明火", "电器", "119", "110"}) {
            EXPECT_THAT(std::string{guidance.summary.zh}, testing::HasSubstr(word)) << cause;
        }
        for (const char* word : {"valve", "flames", "switches", "119", "110"}) {
            EXPECT_THAT(std::string{guidance.summary.en}, testing::HasSubstr(word)) << cause;
        }
        for (const GuidanceStep& step : guidance.steps) {
            EXPECT_FALSE(step.text.zh.empty() || step.text.en.empty()) << step.id;
        }
    }
    EXPECT_THAT(std::string{guidance_for("gas.alarm").summary.zh}, testing::HasSubstr("开门窗"));
    EXPECT_THAT(std::string{guidance_for("co.dose").summary.zh}, testing::HasSubstr("120"));
    EXPECT_THAT(std::string{guidance_for("report.fire").summary.zh},
                testing::Not(testing::HasSubstr("窗")));
}

}  // namespace
}  // namespace mercaptan::processor
