#include "cli/findings.h"

#include "cli/terminal.h"

#include <iostream>

namespace mailban::cli {

void print_findings(const std::vector<io::Finding>& findings)
{
    for (const auto& [grade, subject, text] : findings) {
        const bool well = grade == io::Finding::Grade::well;
        const bool wrong = grade == io::Finding::Grade::wrong;
        const auto mark =
            well ? paint(Colour::green, "ok     ")
                 : paint(wrong ? Colour::red : Colour::yellow, wrong ? "wrong  " : "warning");
        std::cout << mark << "  " << printable(subject) << ": " << printable(text) << '\n';
    }
}

std::string text_of(const std::vector<io::Finding>& findings)
{
    std::string lines;
    for (const auto& [grade, subject, text] : findings) {
        const bool well = grade == io::Finding::Grade::well;
        lines += well                                 ? "ok       "
                 : grade == io::Finding::Grade::wrong ? "wrong    "
                                                      : "warning  ";
        lines += printable(subject) + ": " + printable(text) + '\n';
    }
    return lines;
}

}  // namespace mailban::cli
