#include "unit/envelope/envelope_writer.h"

#include "mailban/envelope/line_header.h"

#include <nlohmann/json.hpp>

namespace mailban::test {

namespace {

using Lines = std::vector<std::string>;

std::string tagged(const ServerLine& line)
{
    return line.tag + ": " + line.message;
}

std::string host_and_tag(const ServerLine& line)
{
    return "mail " + tagged(line);
}

std::string rfc5424(const ServerLine& line)
{
    return "2026-11-23T22:30:58.123456+00:00 mail " + line.program + " " + line.pid + " - -  " +
           line.message;
}

// `stamp` in front of a header's other fields.
template <std::size_t N>
Lines with_stamp(const char (&stamp)[N], const ServerLine& line)
{
    return {stamp + host_and_tag(line)};
}

std::string in_docker_json(const std::string& text)
{
    nlohmann::ordered_json entry{{"log", text}, {"stream", "stdout"}};
    entry["time"] = "2026-11-23T22:30:58.123456789Z";
    return entry.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string in_cri(const std::string& text, char mark)
{
    return std::string("2026-11-23T22:30:58.123456789+00:00 stdout ") + mark + " " + text;
}

nlohmann::json as_bytes_or_text(const std::string& text)
{
    auto bytes = nlohmann::json::array();
    bool is_text = true;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        bytes.push_back(byte);
        is_text = is_text && byte >= 0x20 && byte < 0x7f;
    }
    return is_text ? nlohmann::json(text) : bytes;
}

Lines in_journal_json(const ServerLine& line)
{
    nlohmann::json entry{{"__REALTIME_TIMESTAMP", "1795473058123456"},
                         {"_HOSTNAME", "mail"},
                         {"SYSLOG_IDENTIFIER", line.program},
                         {"MESSAGE", as_bytes_or_text(line.message)}};
    if (line.pid != "-") entry["SYSLOG_PID"] = line.pid;
    return {entry.dump()};
}

Lines in_journal_export(const ServerLine& line)
{
    const std::string half(32, 'a');
    Lines lines{"__CURSOR=s=" + half + ";i=1;b=" + half + ";m=1;t=1;x=1",
                "__REALTIME_TIMESTAMP=1795473058123456", "_HOSTNAME=mail",
                "SYSLOG_IDENTIFIER=" + line.program, "MESSAGE"};
    std::string length(8, '\0');
    for (std::size_t at = 0; at < length.size(); ++at)
        length[at] = static_cast<char>(line.message.size() >> (8 * at) & 0xffU);
    auto bytes = length + line.message;
    for (auto end = bytes.find('\n'); end != std::string::npos; end = bytes.find('\n')) {
        lines.push_back(bytes.substr(0, end));
        bytes.erase(0, end + 1);
    }
    lines.push_back(bytes);
    if (line.pid != "-") lines.push_back("SYSLOG_PID=" + line.pid);
    lines.emplace_back();
    return lines;
}

// As Debian's packages call their units.
std::string unit_of(const std::string& program)
{
    if (program.starts_with("postfix/")) return "postfix@-.service";
    if (program.starts_with("cyrus/")) return "cyrus-imapd.service";
    if (program == "imapd") return "courier-imap.service";
    if (program == "pop3d") return "courier-pop.service";
    if (program == "courieresmtpd") return "courier-mta.service";
    if (program == "smtpd") return "opensmtpd.service";
    if (program == "exim") return "exim4.service";
    return program + ".service";
}

std::size_t half_of(const std::string& text)
{
    return text.size() / 2;
}

std::vector<EnvelopeForm> syslog_forms()
{
    return {
        {"RFC 3164", [](const ServerLine& l) { return with_stamp("Nov 23 22:30:58 ", l); }},
        {"<PRI>", [](const ServerLine& l) { return with_stamp("<20>Nov 23 22:30:58 ", l); }},
        {"day, one blank", [](const ServerLine& l) { return with_stamp("Nov 3 22:30:58 ", l); }},
        {"year behind", [](const ServerLine& l) { return with_stamp("Nov 23 2026 22:30:58 ", l); }},
        {"year before", [](const ServerLine& l) { return with_stamp("2026 Nov 23 22:30:58 ", l); }},
        {"short-precise",
         [](const ServerLine& l) { return with_stamp("Nov 23 22:30:58.123456 ", l); }},
        {"busybox",
         [](const ServerLine& l) -> Lines {
             return {"Nov 23 22:30:58 mail mail.warn " + tagged(l)};
         }},
        {"busybox, no host",
         [](const ServerLine& l) -> Lines { return {"Nov 23 22:30:58 mail.warn " + tagged(l)}; }},
        {"FreeBSD -v",
         [](const ServerLine& l) { return with_stamp("Nov 23 22:30:58 <mail.warn> ", l); }},
        {"Solaris",
         [](const ServerLine& l) -> Lines {
             return {"Nov 23 22:30:58 mail " + l.tag + ": [ID 197553 mail.warning] " + l.message};
         }},
        {"metalog",
         [](const ServerLine& l) -> Lines {
             return {"Nov 23 22:30:58 [" + l.program + "] " + l.message};
         }},
        {"OpenWrt",
         [](const ServerLine& l) -> Lines {
             return {"Mon Nov 23 22:30:58 2026 mail.warn " + tagged(l)};
         }},
        {"host in brackets",
         [](const ServerLine& l) -> Lines { return {"Nov 23 22:30:58 [192.0.2.1] " + tagged(l)}; }},
        {"host -", [](const ServerLine& l) -> Lines { return {"Nov 23 22:30:58 - " + tagged(l)}; }},
        {"ISO +00:00",
         [](const ServerLine& l) { return with_stamp("2026-11-23T22:30:58.123456+00:00 ", l); }},
        {"ISO +0100",
         [](const ServerLine& l) { return with_stamp("2026-11-23T22:30:58+0100 ", l); }},
        {"ISO +01", [](const ServerLine& l) { return with_stamp("2026-11-23T22:30:58+01 ", l); }},
        {"ISO z", [](const ServerLine& l) { return with_stamp("2026-11-23T22:30:58z ", l); }},
        {"ISO ,123",
         [](const ServerLine& l) { return with_stamp("2026-11-23T22:30:58,123+01:00 ", l); }},
        {"ISO, blank", [](const ServerLine& l) { return with_stamp("2026-11-23 22:30:58 ", l); }},
        {"ISO, blank, offset",
         [](const ServerLine& l) { return with_stamp("2026-11-23 22:30:58.123456 +0100 ", l); }},
        {"RFC 5424", [](const ServerLine& l) -> Lines { return {"<20>1 " + rfc5424(l)}; }},
        {"RFC 5424, no <PRI>", [](const ServerLine& l) -> Lines { return {"1 " + rfc5424(l)}; }},
        {"RFC 5424, bare", [](const ServerLine& l) -> Lines { return {rfc5424(l)}; }},
        {"RFC 5424, data, BOM",
         [](const ServerLine& l) -> Lines {
             return {"<20>1 2026-11-23T22:30:58Z mail " + l.program + " " + l.pid +
                     " ID [a@1 b=\"]\\\"\"] \xef\xbb\xbf" + l.message};
         }},
        {"short-full",
         [](const ServerLine& l) { return with_stamp("Mon 2026-11-23 22:30:58 CET ", l); }},
        {"with-unit",
         [](const ServerLine& l) -> Lines {
             const auto pid = l.pid == "-" ? std::string() : "[" + l.pid + "]";
             return {"Mon 2026-11-23 22:30:58 CET mail " + unit_of(l.program) + pid + ": " +
                     l.message};
         }},
        {"short-unix", [](const ServerLine& l) { return with_stamp("1795473058.123456 ", l); }},
        {"short-monotonic, live",
         [](const ServerLine& l) { return with_stamp("[  123.456789] ", l); }},
        {"json", in_journal_json},
        {"export", in_journal_export},
    };
}

std::vector<EnvelopeForm> container_forms()
{
    return {
        {"compose", [](const ServerLine& l) -> Lines { return {"mailserver-1  | " + l.own}; }},
        {"compose -t",
         [](const ServerLine& l) -> Lines {
             return {"mailserver-1  | 2026-11-23T22:30:58.123456789Z " + l.own};
         }},
        {"docker logs -t",
         [](const ServerLine& l) -> Lines { return {"2026-11-23T22:30:58.123456789Z " + l.own}; }},
        {"json-file", [](const ServerLine& l) -> Lines { return {in_docker_json(l.own + "\n")}; }},
        {"json-file, tty",
         [](const ServerLine& l) -> Lines { return {in_docker_json(l.own + "\r\n")}; }},
        {"json-file, pieces",
         [](const ServerLine& l) -> Lines {
             const auto at = half_of(l.own);
             return {in_docker_json(l.own.substr(0, at)), in_docker_json(l.own.substr(at) + "\n")};
         }},
        {"json-file, no stamp, live",
         [](const ServerLine& l) -> Lines { return {in_docker_json(tagged(l) + "\n")}; }},
        {"CRI", [](const ServerLine& l) -> Lines { return {in_cri(l.own, 'F')}; }},
        {"CRI, pieces",
         [](const ServerLine& l) -> Lines {
             const auto at = half_of(l.own);
             return {in_cri(l.own.substr(0, at), 'P'), in_cri(l.own.substr(at), 'F')};
         }},
        {"syslog driver",
         [](const ServerLine& l) -> Lines { return {"Nov 23 22:30:59 dock mx[881]: " + l.own}; }},
        {"syslog driver, ISO, id",
         [](const ServerLine& l) -> Lines {
             return {"2026-11-23T22:30:59.1+00:00 dock 3f2a1b9c0d1e[881]: " + l.own};
         }},
        {"syslog driver, 5424",
         [](const ServerLine& l) -> Lines {
             return {"<30>1 2026-11-23T22:30:59Z dock docker/mail 881 mail - " + l.own};
         }},
        {"multilog",
         [](const ServerLine& l) -> Lines { return {"@400000006b04beac075bca00 " + l.own}; }},
        {"s6-log T",
         [](const ServerLine& l) -> Lines { return {"2026-11-23 22:30:58.123456789  " + l.own}; }},
        {"no stamp, live", [](const ServerLine& l) -> Lines { return {tagged(l)}; }},
        {"CR at the end", [](const ServerLine& l) -> Lines { return {l.own + "\r"}; }},
        {"#015 at the end", [](const ServerLine& l) -> Lines { return {l.own + "#015"}; }},
        {"blank at the end", [](const ServerLine& l) -> Lines { return {l.own + " "}; }},
    };
}

}  // namespace

std::optional<ServerLine> server_line(std::string_view line, const std::string& program)
{
    const auto header = read_line_header(line);
    if (!header) return std::nullopt;
    ServerLine result;
    result.own = line;
    result.message = header->message;
    if (!program.empty() && header->host.empty()) {
        // What a server's own log names first may look like a tag.
        if (!header->program.empty())
            result.message = std::string(header->program) + ": " + result.message;
        result.program = program;
        result.tag = program;
        return result;
    }
    if (header->program.empty()) return std::nullopt;
    result.program = header->program;
    result.tag = result.program;
    if (header->pid) {
        result.pid = std::to_string(*header->pid);
        result.tag += "[" + result.pid + "]";
    }
    return result;
}

const std::vector<EnvelopeForm>& envelope_forms()
{
    static const auto kForms = [] {
        auto forms = syslog_forms();
        for (auto& form : container_forms())
            forms.push_back(std::move(form));
        return forms;
    }();
    return kForms;
}

}  // namespace mailban::test
