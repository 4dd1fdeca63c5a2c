#include "processor/figures.h"

#include <memory>
#include <utility>

#include "processor/api/answers.h"
#include "processor/api/api.h"
#include "processor/api/query.h"
#include "processor/api/render_figures.h"
#include "processor/api/worker.h"

namespace mercaptan::processor::api {
namespace {

constexpr Duration kPeriodMax{2LL * 366 * 24 * 3'600'000};
constexpr int kReportDay = 5;  // Customer service rules, 8.3: by the 5th of the next month.

struct Asked {
    Period period;
    GroupBy by = GroupBy::none;
    std::string month;  // If it asked for one.
};

/// `from` and `to`, or `month`; by default the present month.
Result<Asked> read(const http::Request& request, const Backend& backend, bool may_group) {
    Query query{request};
    const TimeZone& zone = backend.rulebook()->time_zone;
    Asked asked;
    asked.month = query.text("month").value_or("");
    const auto from = query.instant("from");
    const auto to = query.instant("to");
    if (may_group) {
        if (const auto by = query.text("group_by")) {
            const auto known = group_by_from(*by);
            if (!known) query.refuse("group_by", "expected class, zone, policy or month");
            asked.by = known.value_or(GroupBy::none);
        }
    }
    if (!asked.month.empty() && (from || to))
        query.refuse("month", "expected month alone, or from and to");
    if (auto good = query.finish(); !good) return Failure{good.error()};
    const bool whole = !from && !to;
    if (whole && asked.month.empty()) asked.month = month_of(backend.now(), zone);
    if (whole) {
        auto period = month_period(asked.month, backend.now(), zone);
        if (!period) return Failure{period.error()};
        asked.period = *period;
    } else {
        asked.period.to = to.value_or(backend.now());
        asked.period.from = from.value_or(asked.period.to - Duration{30LL * 24 * 3'600'000});
        asked.period.as_of = backend.now();
    }
    if (asked.period.from >= asked.period.to)
        return fail(ErrorCode::invalid_input, "must be after from", "to");
    if (asked.period.to - asked.period.from > kPeriodMax)
        return fail(ErrorCode::limit_reached, "expected two years at most", "to");
    return asked;
}

http::Response csv(std::string body) {
    http::Response response;
    response.content_type = "text/csv; charset=utf-8; header=present";
    response.body = std::move(body);
    return response;
}

Result<http::Response> kpi(const Backend& backend, const Asked& asked) {
    const auto work = collect_work(backend.store(), asked.period);
    if (!work) return Failure{work.error()};
    const auto alarms = collect_alarms(backend.store(), asked.period);
    if (!alarms) return Failure{alarms.error()};
    const auto groups = group_service(*work, asked.period, asked.by, backend.rulebook()->time_zone);
    return http::json(200, kpi_json(asked.period, asked.by, groups, *alarms));
}

std::string due_by(const Period& period, const TimeZone& zone) {
    return to_rfc3339(zone.start_of(zone.day_of(period.to) + kReportDay));
}

Result<http::Response> report(const Backend& backend, const std::string& name, const Asked& asked) {
    const TimeZone& zone = backend.rulebook()->time_zone;
    if (name == "alarms.csv") {
        return collect_alarms(backend.store(), asked.period).map([](const AlarmFigures& figures) {
            return csv(alarms_csv(figures));
        });
    }
    const auto work = collect_work(backend.store(), asked.period);
    if (!work) return Failure{work.error()};
    if (name == "service.csv")
        return csv(service_csv(group_service(*work, asked.period, asked.by, zone)));
    if (name == "new_york.csv")
        return csv(new_york_csv(group_service(*work, asked.period, GroupBy::month, zone)));
    if (name == "new_york_log.csv") return csv(new_york_log_csv(*work, asked.period));
    if (name == "call_backs.csv") {
        return csv(call_backs_csv(fold_call_backs(*work, asked.period), asked.month,
                                  due_by(asked.period, zone)));
    }
    return fail(ErrorCode::not_found,
                "expected service.csv, alarms.csv, new_york.csv, new_york_log.csv or "
                "call_backs.csv");
}

}  // namespace

void Api::slowly(const http::Respond& respond, std::function<Result<http::Response>()> answer) {
    const bool taken = worker_->submit([respond, answer = std::move(answer)] {
        auto response = answer();
        respond(response ? *std::move(response) : problem_of(response.error()));
    });
    if (taken) return;
    respond(problem_of({ErrorCode::unavailable, "too many reports are being made; try again", {}}));
}

void Api::add_figure_routes() {
    const auto add = [this](const std::string& pattern, bool may_group, auto make) {
        routes_.push_back({"GET", pattern});
        server_.route(
            "GET", pattern,
            [this, may_group, make](const http::Request& request, const http::Respond& respond) {
                auto asked = read(request, backend_, may_group);
                if (!asked) return respond(problem_of(asked.error()));
                const auto name = request.params.find("name");
                slowly(respond, [this, make, asked = *asked,
                                 report = name == request.params.end() ? "" : name->second] {
                    return make(backend_, report, asked);
                });
            });
    };
    add("/api/v1/kpi", true, [](const Backend& backend, const std::string&, const Asked& asked) {
        return kpi(backend, asked);
    });
    add("/api/v1/reports/{name}", true, report);
}

}  // namespace mercaptan::processor::api
