#include "processor/api/render_figures.h"

#include <string_view>

#include "common/json/writer.h"

namespace mercaptan::processor::api {
namespace {

std::string class_text(const std::optional<TicketClass>& ticket_class) {
    return ticket_class ? std::to_string(static_cast<int>(*ticket_class)) : "";
}

void write_class(JsonWriter& json, const std::optional<TicketClass>& ticket_class) {
    json.key("class");
    if (ticket_class) {
        json.value(static_cast<int>(*ticket_class));
    } else {
        json.value(nullptr);
    }
}

void write_decimal(JsonWriter& json, std::string_view name,
                   std::optional<std::uint64_t> hundredths) {
    json.key(name);
    json.raw(hundredths ? decimal(hundredths) : "null");
}

void write_share(JsonWriter& json, std::string_view name, const Share& share) {
    json.key(name);
    json.begin_object();
    json.member("count", share.count);
    json.member("of", share.of);
    write_decimal(json, "pct", share.pct_hundredths());
    json.end_object();
}

void write_times(JsonWriter& json, const Times& times) {
    json.member("count", times.count);
    json.member("mean_ms", times.mean.count());
    json.member("p90_ms", times.p90.count());
    json.member("max_ms", times.max.count());
}

Share on_time(const DeadlineRuns& runs) {
    return {.count = runs.met, .of = runs.met + runs.missed};
}

void write_timeliness(JsonWriter& json, const ServiceFigures& figures) {
    json.key("timeliness");
    json.begin_array();
    for (const auto& [key, runs] : figures.timeliness) {
        json.begin_object();
        write_class(json, key.first);
        json.member("clock", key.second);
        json.member("met", runs.met);
        json.member("missed", runs.missed);
        json.member("running", runs.started - runs.ended);
        write_decimal(json, "met_pct", on_time(runs).pct_hundredths());
        json.end_object();
    }
    json.end_array();
    json.key("times");
    json.begin_array();
    for (const auto& [key, times] : figures.times) {
        json.begin_object();
        write_class(json, key.first);
        json.member("stage", key.second);
        write_times(json, times);
        json.end_object();
    }
    json.end_array();
}

void write_quality(JsonWriter& json, const ServiceFigures& figures) {
    write_share(json, "first_time_fix", figures.first_time_fix);
    json.member("first_time_fix_provisional", figures.first_time_provisional);
    json.key("satisfaction");
    json.begin_object();
    json.member("answered", figures.call_backs_answered);
    json.member("scored", figures.satisfaction_scored);
    write_decimal(json, "mean", figures.satisfaction_hundredths);
    write_share(json, "on_time", figures.on_time);
    write_share(json, "good_attitude", figures.good_attitude);
    write_share(json, "solved", figures.solved);
    json.end_object();
    json.key("complaints");
    json.begin_object();
    json.member("received", figures.complaints);
    json.member("valid", figures.complaints_valid);
    write_share(json, "per_repair", figures.complaint_rate);
    json.end_object();
}

void write_attendance(JsonWriter& json, const Attendance& figures) {
    json.key("attendance");
    json.begin_object();
    json.member("received", figures.received);
    json.member("pending", figures.pending);
    json.key("response");
    json.begin_object();
    write_times(json, figures.response);
    json.end_object();
    write_share(json, "uk_uncontrolled_1h", figures.uncontrolled_1h);
    write_share(json, "uk_controlled_2h", figures.controlled_2h);
    json.member("uk_met", figures.uk_met());
    write_share(json, "dc_over_50min", figures.over_50min);
    json.member("dc_over_2h", figures.over_2h);
    json.member("dc_met", figures.dc_met());
    write_share(json, "ny_within_30min", figures.within_30min);
    write_share(json, "ny_within_45min", figures.within_45min);
    write_share(json, "ny_within_60min", figures.within_60min);
    json.member("ny_met", figures.ny_met());
    json.end_object();
}

void write_group(JsonWriter& json, GroupBy by, const ServiceGroup& group) {
    const ServiceFigures& figures = group.figures;
    json.begin_object();
    json.key("group");
    if (by == GroupBy::none) {
        json.value(nullptr);
    } else {
        json.value(group.name);
    }
    json.member("received", figures.received);
    json.member("voided", figures.voided);
    write_timeliness(json, figures);
    write_quality(json, figures);
    write_attendance(json, figures.attendance);
    json.end_object();
}

void write_alarms(JsonWriter& json, const AlarmFigures& figures) {
    json.key("alarms");
    json.begin_object();
    json.member("raised", figures.raised);
    write_decimal(json, "mean_per_10min", figures.mean_per_window_hundredths);
    json.member("peak_per_10min", figures.peak_per_window);
    write_share(json, "flood", figures.flood);
    json.member("chattering", figures.chattering);
    json.member("stale", figures.stale);
    write_share(json, "low", {.count = figures.low, .of = figures.raised});
    write_share(json, "medium", {.count = figures.medium, .of = figures.raised});
    write_share(json, "high", {.count = figures.high, .of = figures.raised});
    write_share(json, "top_ten", {.count = figures.top_raised, .of = figures.raised});
    json.key("top");
    json.begin_array();
    for (const AlarmFigures::Top& top : figures.top) {
        json.begin_object();
        json.member("id", top.alarm);
        json.member("device", top.device);
        json.member("condition", top.condition);
        json.member("raised", top.raised);
        json.end_object();
    }
    json.end_array();
    json.end_object();
}

/// RFC 4180: quoted where it must be. A cell that a spreadsheet would run is made text.
std::string cell(std::string_view text) {
    std::string safe{text};
    if (!safe.empty() && std::string_view{"=+-@\t\r"}.find(safe.front()) != std::string_view::npos)
        safe.insert(0, "'");
    if (safe.find_first_of(",\"\r\n") == std::string::npos) return safe;
    std::string out = "\"";
    for (const char c : safe) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + '"';
}

class Csv {
public:
    explicit Csv(std::string_view head) : text_{head} { text_ += "\r\n"; }
    void row(std::initializer_list<std::string> cells) {
        bool begun = false;
        for (const std::string& one : cells) {
            if (begun) text_ += ',';
            begun = true;
            text_ += cell(one);
        }
        text_ += "\r\n";
    }
    [[nodiscard]] std::string text() && { return std::move(text_); }

private:
    std::string text_;
};

std::string number(std::uint64_t count) {
    return std::to_string(count);
}

std::string time_or_nothing(const std::optional<Instant>& at) {
    return at ? to_rfc3339(*at) : std::string{};
}

class ServiceCsv {
public:
    void take(const ServiceGroup& group) {
        group_ = group.name;
        const ServiceFigures& figures = group.figures;
        count("received", figures.received);
        count("voided", figures.voided);
        for (const auto& [key, runs] : figures.timeliness)
            share("timeliness", key.first, key.second, on_time(runs));
        for (const auto& [key, times] : figures.times) {
            csv_.row({group_, "mean_time", class_text(key.first), key.second, number(times.count),
                      "", "", std::to_string(times.mean.count())});
            csv_.row({group_, "p90_time", class_text(key.first), key.second, number(times.count),
                      "", "", std::to_string(times.p90.count())});
        }
        share("first_time_fix", {}, "", figures.first_time_fix);
        csv_.row({group_, "satisfaction", "", "mean", number(figures.satisfaction_scored), "",
                  decimal(figures.satisfaction_hundredths), ""});
        share("satisfaction", {}, "on_time", figures.on_time);
        share("satisfaction", {}, "good_attitude", figures.good_attitude);
        share("satisfaction", {}, "solved", figures.solved);
        share("complaints", {}, "per_repair", figures.complaint_rate);
        const Attendance& attendance = figures.attendance;
        share("attendance", {}, "uk_uncontrolled_1h", attendance.uncontrolled_1h);
        share("attendance", {}, "uk_controlled_2h", attendance.controlled_2h);
        csv_.row({group_, "attendance", "", "dc_mean", number(attendance.response.count), "", "",
                  std::to_string(attendance.response.mean.count())});
        share("attendance", {}, "dc_over_50min", attendance.over_50min);
        csv_.row({group_, "attendance", "", "dc_over_2h", number(attendance.over_2h), "", "", ""});
        share("attendance", {}, "ny_within_30min", attendance.within_30min);
        share("attendance", {}, "ny_within_45min", attendance.within_45min);
        share("attendance", {}, "ny_within_60min", attendance.within_60min);
    }
    [[nodiscard]] std::string text() && { return std::move(csv_).text(); }

private:
    void count(const char* figure, std::uint64_t value) {
        csv_.row({group_, figure, "", "", number(value), "", "", ""});
    }
    void share(const char* figure, const std::optional<TicketClass>& ticket_class,
               const std::string& name, const Share& value) {
        csv_.row({group_, figure, class_text(ticket_class), name, number(value.count),
                  number(value.of), decimal(value.pct_hundredths()), ""});
    }

    std::string group_;
    Csv csv_{"group,figure,class,name,count,of,pct,ms"};
};

}  // namespace

std::string decimal(std::optional<std::uint64_t> hundredths) {
    if (!hundredths) return {};
    const std::uint64_t part = *hundredths % 100;
    return std::to_string(*hundredths / 100) + (part < 10 ? ".0" : ".") + std::to_string(part);
}

std::string kpi_json(const Period& period, GroupBy by, const std::vector<ServiceGroup>& groups,
                     const AlarmFigures& alarms) {
    std::string body;
    JsonWriter json{body};
    json.begin_object();
    json.member("from", period.from);
    json.member("to", period.to);
    json.member("as_of", period.as_of);
    json.key("groups");
    json.begin_array();
    for (const ServiceGroup& group : groups) write_group(json, by, group);
    json.end_array();
    write_alarms(json, alarms);
    json.end_object();
    return body;
}

std::string service_csv(const std::vector<ServiceGroup>& groups) {
    ServiceCsv csv;
    for (const ServiceGroup& group : groups) csv.take(group);
    return std::move(csv).text();
}

std::string alarms_csv(const AlarmFigures& figures) {
    Csv csv{"figure,name,count,of,pct"};
    const auto share = [&](const char* name, std::uint64_t count, std::uint64_t of) {
        const Share value{.count = count, .of = of};
        csv.row({name, "", number(count), number(of), decimal(value.pct_hundredths())});
    };
    csv.row({"raised", "", number(figures.raised), "", ""});
    csv.row({"mean_per_10min", "", decimal(figures.mean_per_window_hundredths), "", ""});
    csv.row({"peak_per_10min", "", number(figures.peak_per_window), "", ""});
    share("flood", figures.flood.count, figures.flood.of);
    csv.row({"chattering", "", number(figures.chattering), "", ""});
    csv.row({"stale", "", number(figures.stale), "", ""});
    share("low", figures.low, figures.raised);
    share("medium", figures.medium, figures.raised);
    share("high", figures.high, figures.raised);
    share("top_ten", figures.top_raised, figures.raised);
    for (const AlarmFigures::Top& top : figures.top) {
        const Share value{.count = top.raised, .of = figures.raised};
        csv.row({"top", top.device + "/" + top.condition, number(top.raised),
                 number(figures.raised), decimal(value.pct_hundredths())});
    }
    return std::move(csv).text();
}

std::string new_york_csv(const std::vector<ServiceGroup>& months) {
    Csv csv{
        "month,reports,within_30min,within_30min_pct,within_45min,within_45min_pct,within_60min,"
        "within_60min_pct,met"};
    for (const ServiceGroup& month : months) {
        const Attendance& figures = month.figures.attendance;
        if (figures.received == 0) continue;  // Only repaired in this time.
        const auto met = figures.ny_met();
        csv.row({month.name, number(figures.received), number(figures.within_30min.count),
                 decimal(figures.within_30min.pct_hundredths()), number(figures.within_45min.count),
                 decimal(figures.within_45min.pct_hundredths()), number(figures.within_60min.count),
                 decimal(figures.within_60min.pct_hundredths()),
                 !met   ? ""
                 : *met ? "yes"
                        : "no"});
    }
    return std::move(csv).text();
}

std::string new_york_log_csv(const std::vector<WorkFacts>& work, const Period& period) {
    Csv csv{"record,site,zone,received,type,first_dispatched,arrived"};
    for (const WorkFacts& facts : work) {
        const bool counted = facts.kind == TicketKind::repair && !facts.voided &&
                             facts.ticket_class == TicketClass::one && period.holds(facts.received);
        if (!counted) continue;
        csv.row({facts.id, facts.site.str(), facts.zone.str(), to_rfc3339(facts.received),
                 facts.condition, time_or_nothing(facts.dispatched),
                 time_or_nothing(facts.arrived)});
    }
    return std::move(csv).text();
}

std::string call_backs_csv(const CallBackReport& report, const std::string& month,
                           const std::string& due_by) {
    Csv csv{"section,name,answer,count,of,value"};
    csv.row({"report", "month", "", "", "", month});
    csv.row({"report", "due_by", "", "", "", due_by});
    for (const auto& [policy, row] : report.by_policy) {
        csv.row({"completion", policy, "answered", number(row.answered), number(row.due), ""});
        csv.row(
            {"completion", policy, "not_reached", number(row.not_reached), number(row.due), ""});
        csv.row({"completion", policy, "waived", number(row.waived), number(row.due), ""});
        csv.row({"completion", policy, "open", number(row.open), number(row.due), ""});
        const Share timely = on_time(row.deadline);
        csv.row({"completion", policy, "on_time", number(timely.count), number(timely.of), ""});
    }
    for (const auto& [answer, count] : report.answers)
        csv.row({"results", answer.first, answer.second, number(count), "", ""});
    std::optional<std::uint64_t> mean;
    if (report.satisfaction_hundredths)
        mean = static_cast<std::uint64_t>(*report.satisfaction_hundredths);
    csv.row({"results", "satisfaction", "mean", "", "", decimal(mean)});
    csv.row({"problems", "unsolved", "", number(report.unsolved), "", ""});
    csv.row({"problems", "complaints", "", number(report.complaints), "", ""});
    for (const std::string& text : report.suggestions)
        csv.row({"suggestions", "", "", "", "", text});
    return std::move(csv).text();
}

}  // namespace mercaptan::processor::api
