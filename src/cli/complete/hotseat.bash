# Bash puts what is offered on the line as it is: unlike zsh and fish it quotes nothing. So names of the organisation are
# quoted here, and inside of quotes that a person began, those that would end them are left out.
_hotseat() {
    local IFS=$'\013' words=() cword=0 i piece
    # A flag and its value are one word, however bash has cut them up.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        piece=${COMP_WORDS[i]}
        if ((i > 1)) && [[ $piece == [=:] || ${COMP_WORDS[i-1]} == [=:] ]]; then
            words[cword]+=$piece
        else
            ((i > 0)) && ((cword++))
            words[cword]=$piece
        fi
    done
    local current=${words[cword]} quote= before=
    case $current in
        *\'*) quote=\' ;;
        *\"*) quote=\" ;;
    esac
    current=${current//[\'\"\\]/}
    words[cword]=$current
    [[ $current == *[=:]* && ${COMP_WORDBREAKS-} == *=* ]] && before=${current%"${current##*[=:]}"}
    COMPREPLY=()
    read -r -d '' -a COMPREPLY < <(_CLAP_IFS="$IFS" _CLAP_COMPLETE_INDEX=$cword HOTSEAT_COMPLETE=bash hotseat -- "${words[@]}" 2>/dev/null)
    for i in "${!COMPREPLY[@]}"; do
        piece=${COMPREPLY[i]#"$before"}
        if [[ -n $quote && $piece == *[\'\"\\\$\`\!]* ]]; then
            unset "COMPREPLY[$i]"
            continue
        fi
        [[ -n $quote ]] || printf -v piece %q "$piece"
        COMPREPLY[i]=$piece
    done
    if ((${#COMPREPLY[@]} == 1)) && [[ ${COMPREPLY[*]} == *[=/:] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
if ((BASH_VERSINFO[0] > 4 || (BASH_VERSINFO[0] == 4 && BASH_VERSINFO[1] >= 4))); then
    complete -o bashdefault -o nosort -F _hotseat hotseat
else
    complete -o bashdefault -F _hotseat hotseat
fi
