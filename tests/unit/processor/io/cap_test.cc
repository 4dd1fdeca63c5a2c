#include "processor/io/cap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/processor/io/rows_samples.h"

namespace mercaptan::processor {
namespace {

using samples::kAt;
using ::testing::HasSubstr;
using ::testing::Not;

const TimeZone kShanghai{{{Instant{0}, 8 * 3600}}};

PublicNotice gas_off() {
    NoticeRule rule;
    rule.sender = "gas";
    rule.message = NoticeRule::Message::alert;
    rule.category = NoticeRule::Category::infra;
    rule.urgency = NoticeRule::Urgency::immediate;
    rule.severity = NoticeRule::Severity::severe;
    rule.certainty = NoticeRule::Certainty::observed;
    rule.response = NoticeRule::Response::all_clear;
    rule.zh = {"停气通知", "请关闭阀门。"};
    rule.en = {"Gas off", "Close the valves."};
    PublicNotice notice;
    notice.notice_id = "T1-n7";
    notice.ticket_id = "T1";
    notice.zone = "north";
    notice.sent_at = kAt;
    notice.status = "exercise";
    notice.area = "Lane 3 <east> & \"Lane 4\"";
    notice.rule = std::make_shared<const NoticeRule>(rule);
    return notice;
}

TEST(Cap, IsTheDocumentOfTheStandard) {
    const NoticeRow row = to_row(gas_off(), kShanghai);
    const auto info = [](const char* language, const char* headline, const char* instruction) {
        return std::string{"<info><language>"} + language +
               "</language><category>Infra</category><event>" + headline +
               "</event><responseType>AllClear</responseType><urgency>Immediate</urgency>"
               "<severity>Severe</severity><certainty>Observed</certainty><headline>" +
               headline + "</headline><instruction>" + instruction +
               "</instruction><area><areaDesc>Lane 3 &lt;east&gt; &amp; &quot;Lane 4&quot;"
               "</areaDesc></area></info>";
    };
    EXPECT_EQ(row.cap,
              "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
              "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"><identifier>T1-n7</identifier>"
              "<sender>gas</sender><sent>2026-11-21T16:00:00+08:00</sent>"
              "<status>Exercise</status><msgType>Alert</msgType><scope>Public</scope>"
              "<incidents>T1</incidents>" +
                  info("zh-CN", "停气通知", "请关闭阀门。") +
                  info("en", "Gas off", "Close the valves.") + "</alert>");
    EXPECT_EQ(row.status, "Exercise");
    EXPECT_EQ(row.message, "Alert");
    EXPECT_EQ(row.sent_at, kAt);
}

TEST(Cap, AnUpdateNamesWhatItUpdates) {
    PublicNotice notice = gas_off();
    NoticeRule rule = *notice.rule;
    rule.message = NoticeRule::Message::update;
    notice.rule = std::make_shared<const NoticeRule>(rule);
    notice.status = "actual";
    notice.description = "two\nlines and a \x01 byte";
    notice.references = {{"T1-n3", kAt - Duration{60'000}}, {"T1-n5", kAt - Duration{1'000}}};
    const std::string cap = to_row(notice, TimeZone{}).cap;
    EXPECT_THAT(cap, HasSubstr("<sent>2026-11-21T08:00:00-00:00</sent><status>Actual</status>"
                               "<msgType>Update</msgType>"));
    EXPECT_THAT(cap, HasSubstr("<references>gas,T1-n3,2026-11-21T07:59:00-00:00 "
                               "gas,T1-n5,2026-11-21T07:59:59-00:00</references><incidents>"));
    EXPECT_THAT(cap, HasSubstr("<description>two\nlines and a   byte</description>"));
    const TimeZone newfoundland{{{Instant{0}, -12'600}}};
    EXPECT_THAT(to_row(notice, newfoundland).cap,
                HasSubstr("<sent>2026-11-21T04:30:00-03:30</sent>"));
}

TEST(Cap, TheFeedListsWhatIsGiven) {
    const std::pair<std::string, NoticeRow> rows[] = {{"T1-n7", to_row(gas_off(), kShanghai)}};
    const std::string feed = render_feed(rows, "", kAt + Duration{1});
    EXPECT_THAT(feed, HasSubstr("<updated>2026-11-21T08:00:00.123Z</updated>"));
    EXPECT_THAT(feed, HasSubstr("<title>[Exercise] 停气通知 / Gas off</title>"));
    EXPECT_THAT(feed, HasSubstr("type=\"application/cap+xml\" href=\"notices/T1-n7\""));
    EXPECT_THAT(render_feed({}, "", kAt), Not(HasSubstr("<entry>")));
}

}  // namespace
}  // namespace mercaptan::processor
