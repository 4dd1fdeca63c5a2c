#include "processor/io/cap.h"

#include <array>
#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <cstdlib>
#include <sstream>

#include "common/domain/instant.h"

namespace mercaptan::processor {
namespace {

using boost::property_tree::ptree;

constexpr std::string_view kCap = "urn:oasis:names:tc:emergency:cap:1.2";
constexpr std::string_view kAtom = "http://www.w3.org/2005/Atom";
constexpr std::string_view kCapType = "application/cap+xml";

// In the order of NoticeRule's enumerations, as CAP 1.2 spells them (3.2.1, 3.2.2).
constexpr std::array<std::string_view, 3> kMessages{"Alert", "Update", "Cancel"};
constexpr std::array<std::string_view, 3> kCategories{"Safety", "Infra", "Fire"};
constexpr std::array<std::string_view, 5> kUrgencies{"Immediate", "Expected", "Future", "Past",
                                                     "Unknown"};
constexpr std::array<std::string_view, 5> kSeverities{"Extreme", "Severe", "Moderate", "Minor",
                                                      "Unknown"};
constexpr std::array<std::string_view, 5> kCertainties{"Observed", "Likely", "Possible", "Unlikely",
                                                       "Unknown"};
constexpr std::array<std::string_view, 7> kResponses{"None",  "Shelter", "Evacuate", "Prepare",
                                                     "Avoid", "Monitor", "AllClear"};

template <std::size_t Count, class Word>
std::string word(const std::array<std::string_view, Count>& words, Word of) {
    return std::string{words.at(static_cast<std::size_t>(of))};
}

std::string status_word(std::string_view status) {
    if (status == "exercise") return "Exercise";
    return status == "test" ? "Test" : "Actual";
}

/// XML 1.0 can't hold control characters, however they are written.
std::string clean(std::string_view text) {
    std::string cleaned{text};
    for (char& c : cleaned) {
        if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') c = ' ';
    }
    return cleaned;
}

std::string two(std::int64_t number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
}

/// Local time to the second with its offset; CAP takes no `Z` (3.2.1, sent).
std::string cap_time(Instant at, const TimeZone& time_zone) {
    const std::int64_t offset_s = time_zone.offset_s(at);
    const std::string local = to_rfc3339(at + Duration{offset_s * 1000});
    const std::int64_t minutes = std::abs(offset_s) / 60;
    // UTC is written -00:00.
    return local.substr(0, 19) + (offset_s > 0 ? '+' : '-') + two(minutes / 60) + ':' +
           two(minutes % 60);
}

std::string written(const ptree& document) {
    std::ostringstream out;
    boost::property_tree::write_xml(out, document);
    return std::move(out).str();
}

ptree info(const PublicNotice& notice, std::string_view language, const NoticeRule::Text& text) {
    const NoticeRule& rule = *notice.rule;
    ptree info;
    info.put("language", std::string{language});
    info.put("category", word(kCategories, rule.category));
    info.put("event", clean(text.headline));
    info.put("responseType", word(kResponses, rule.response));
    info.put("urgency", word(kUrgencies, rule.urgency));
    info.put("severity", word(kSeverities, rule.severity));
    info.put("certainty", word(kCertainties, rule.certainty));
    info.put("headline", clean(text.headline));
    if (!notice.description.empty()) info.put("description", clean(notice.description));
    info.put("instruction", clean(text.instruction));
    info.put("area.areaDesc", clean(notice.area));
    return info;
}

}  // namespace

NoticeRow to_row(const PublicNotice& notice, const TimeZone& time_zone) {
    const std::string& sender = notice.rule->sender;
    NoticeRow row;
    row.ticket_id = notice.ticket_id;
    row.zone = notice.zone;
    row.sent_at = notice.sent_at;
    row.status = status_word(notice.status);
    row.message = word(kMessages, notice.rule->message);
    row.area = notice.area;
    row.headline_zh = notice.rule->zh.headline;
    row.headline_en = notice.rule->en.headline;

    ptree alert;
    alert.put("<xmlattr>.xmlns", std::string{kCap});
    alert.put("identifier", notice.notice_id);
    alert.put("sender", sender);
    alert.put("sent", cap_time(notice.sent_at, time_zone));
    alert.put("status", row.status);
    alert.put("msgType", row.message);
    alert.put("scope", "Public");
    std::string references;
    for (const NoticeRef& earlier : notice.references) {
        if (!references.empty()) references += ' ';
        references += sender + "," + earlier.id + "," + cap_time(earlier.sent_at, time_zone);
    }
    if (!references.empty()) alert.put("references", references);
    alert.put("incidents", notice.ticket_id);
    alert.add_child("info", info(notice, "zh-CN", notice.rule->zh));
    alert.add_child("info", info(notice, "en", notice.rule->en));
    ptree document;
    document.add_child("alert", alert);
    row.cap = written(document);
    return row;
}

std::string render_feed(std::span<const std::pair<std::string, NoticeRow>> notices,
                        std::string_view base, Instant now) {
    const std::string urn = "urn:mercaptan:notices";
    ptree feed;
    feed.put("<xmlattr>.xmlns", std::string{kAtom});
    feed.put("id", urn);
    feed.put("title", "燃气公告 / Gas notices");
    feed.put("updated", to_rfc3339(notices.empty() ? now : notices.front().second.sent_at));
    feed.put("author.name", "Mercaptan");
    for (const auto& [id, row] : notices) {
        ptree entry;
        entry.put("id", urn + ":" + id);
        const std::string drill = row.status == "Actual" ? "" : "[" + row.status + "] ";
        entry.put("title", clean(drill + row.headline_zh + " / " + row.headline_en));
        entry.put("updated", to_rfc3339(row.sent_at));
        entry.put("summary", clean(row.area));
        ptree link;
        link.put("<xmlattr>.rel", "alternate");
        link.put("<xmlattr>.type", std::string{kCapType});
        link.put("<xmlattr>.href", std::string{base} + "notices/" + id);
        entry.add_child("link", link);
        feed.add_child("entry", entry);
    }
    ptree document;
    document.add_child("feed", feed);
    return written(document);
}

}  // namespace mercaptan::processor
