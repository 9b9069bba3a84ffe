/**
 * The script that completes in bash. Promise: nothing that is typed is run. The library's script hands the typed words to
 * `eval`, and its proposals to `compgen -W`, which expands them; this one hands on the words as they are.
 */

/** The library's answer to `doi complete`: a proposal a line, with its meaning after a tabulator, and a last line `:NUMBER`. */
export const BASH_COMPLETION = `# bash completion for doi

__doi_complete() {
    # bash splits words at = and :, so they are put together again, up to the cursor.
    local words=() word joined=0 at
    for ((at = 0; at <= COMP_CWORD; at++)); do
        word=\${COMP_WORDS[at]}
        if ((\${#words[@]} > 1)) && { ((joined)) || [[ $word == [=:]* ]]; }; then
            words[\${#words[@]}-1]+=$word
        else
            words+=("$word")
        fi
        joined=0
        [[ $word == *[=:] && $word == [=:]* ]] && joined=1
    done
    local last=\${words[\${#words[@]}-1]} out line value before='' shown=''
    out=$(doi complete -- "\${words[@]:1}" 2>/dev/null) || return
    COMPREPLY=()
    # Of --option=value only the value is proposed, and bash replaces only that, unless it does not split at =.
    if [[ $last == --*=* ]]; then
        before=\${last%%=*}=
        [[ $COMP_WORDBREAKS == *=* ]] || shown=$before
    fi
    while IFS= read -r line; do
        [[ $line == :* ]] && continue
        value=\${line%%$'\\t'*}
        [[ -n $value && $value == "\${last#"$before"}"* ]] && COMPREPLY+=("$shown$value")
    done <<<"$out"
    # The number 4 says that no file fits.
    if [[ \${out##*$'\\n'} == :4 ]]; then
        compopt +o default 2>/dev/null
    fi
    return 0
}

complete -o default -F __doi_complete doi doi-worker
`;
