#include <utility>
#include <vector>

#include "common/json/writer.h"
#include "processor/api/answers.h"
#include "processor/api/api.h"
#include "processor/api/query.h"
#include "processor/io/cap.h"
#include "processor/io/tables.h"

// What the public was told, for those who pass it on: a list, a feed, and each as CAP 1.2.
namespace mercaptan::processor::api {
namespace {

constexpr std::size_t kNoticesDefault = 50;
constexpr std::size_t kNoticesMax = 200;

using Notices = std::vector<std::pair<std::string, NoticeRow>>;

/// Those of the newest tickets first, from behind `before` on; `more` tells whether there are more.
Result<Notices> newest(const Backend& backend, std::string_view before, std::size_t limit,
                       bool& more) {
    Notices notices;
    std::optional<Error> damage;
    more = false;
    const auto scanned = backend.store().scan_back(
        table(StoreTable::notices), "", before, [&](std::string_view key, std::string_view value) {
            if (notices.size() == limit) {
                more = true;
                return false;
            }
            auto row = decode_notice(value);
            if (!row) damage = row.error();
            if (row) notices.emplace_back(key, std::move(*row));
            return !damage;
        });
    if (!scanned) return Failure{scanned.error()};
    if (damage) return Failure{*damage};
    return notices;
}

void render(std::string& out, const std::string& id, const NoticeRow& notice) {
    JsonWriter json{out};
    json.begin_object();
    json.member("id", id);
    json.member("ticket_id", notice.ticket_id);
    json.member("zone", notice.zone.view());
    json.member("sent_at", to_rfc3339(notice.sent_at));
    json.member("status", notice.status);
    json.member("message", notice.message);
    json.member("area", notice.area);
    json.key("headline");
    json.begin_object();
    json.member("zh", notice.headline_zh);
    json.member("en", notice.headline_en);
    json.end_object();
    json.end_object();
}

Result<http::Response> list_notices(const Backend& backend, const http::Request& request) {
    Query query{request};
    const std::size_t limit = query.limit(kNoticesDefault, kNoticesMax);
    const std::string before = query.cursor().value_or("");
    if (auto good = query.finish(); !good) return Failure{good.error()};
    bool more = false;
    const auto notices = newest(backend, before, limit, more);
    if (!notices) return Failure{notices.error()};
    ListAnswer list;
    for (const auto& [id, notice] : *notices) render(list.next_item(), id, notice);
    return std::move(list).finish(more ? std::optional{notices->back().first} : std::nullopt);
}

http::Response document(std::string_view type, std::string body) {
    http::Response response = http::text(200, std::move(body));
    response.content_type = std::string{type} + "; charset=utf-8";
    return response;
}

Result<http::Response> show_notice(const Backend& backend, const http::Request& request) {
    if (auto good = Query{request}.finish(); !good) return Failure{good.error()};
    const std::string& id = request.params.at("id");
    const auto value = backend.store().get(table(StoreTable::notices), id);
    if (!value) return Failure{value.error()};
    if (!*value) return fail(ErrorCode::not_found, "there is no notice " + id);
    auto notice = decode_notice(**value);
    if (!notice) return Failure{notice.error()};
    return document("application/cap+xml", std::move(notice->cap));
}

/// Links are relative to the feed's own place, so that it works behind any proxy.
Result<http::Response> notice_feed(const Backend& backend, const http::Request& request) {
    if (auto good = Query{request}.finish(); !good) return Failure{good.error()};
    bool more = false;
    const auto notices = newest(backend, "", kNoticesDefault, more);
    if (!notices) return Failure{notices.error()};
    return document("application/atom+xml", render_feed(*notices, "", backend.now()));
}

}  // namespace

void Api::add_notice_routes() {
    Backend& backend = backend_;
    get("/api/v1/notices", [&backend](const auto& r) { return list_notices(backend, r); });
    get("/api/v1/notices.atom", [&backend](const auto& r) { return notice_feed(backend, r); });
    get("/api/v1/notices/{id}", [&backend](const auto& r) { return show_notice(backend, r); });
}

}  // namespace mercaptan::processor::api
