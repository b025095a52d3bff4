# bash completion for mailban: the program itself works out the candidates.

_mailban() {
    local words word current prefix files=
    # bash splits words at = and : too, which addresses contain; the line itself is split at blanks only.
    read -ra words <<<"${COMP_LINE:0:COMP_POINT}"
    [[ ${COMP_LINE:0:COMP_POINT} == *[[:space:]] ]] && words+=("")
    current=${words[-1]}
    # What bash inserts replaces the part of the word behind its last = or :.
    prefix=${current%"${current##*[=:]}"}
    COMPREPLY=()
    while IFS=$'\t' read -r word _; do
        if [[ $word == :files ]]; then
            files=1
        elif [[ -n $word ]]; then
            COMPREPLY+=("${word#"$prefix"}")
        fi
    done < <("${words[0]}" __complete "${words[@]:1}" 2>/dev/null)
    if [[ -n $files ]]; then
        compopt -o filenames
        while IFS= read -r word; do
            COMPREPLY+=("$word")
        done < <(compgen -f -- "${current#"$prefix"}")
    fi
}
complete -F _mailban mailban
