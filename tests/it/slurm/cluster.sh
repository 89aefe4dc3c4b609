#!/bin/bash
# A Slurm of its own on one host, for tests: munged, slurmctld, and a slurmd for each of LAB_NODES nodes, all in one folder, on LAB_PORTS.
#   LAB_PORTS="PORT PORT PORT" cluster.sh start DIR; SLURM_CONF=DIR/slurm.conf sbatch ...; cluster.sh stop DIR
# DIR: no spaces (slurm.conf cannot quote) and at most 90 characters (the path of a socket).

_ours() {         # pids of what belongs to the cluster in $1: the daemons, the step daemons, the jobs' processes
    local d=$1 name p; name=$(cat "$d/name" 2>/dev/null) || return 0
    for p in /proc/[0-9]*; do                  # a zombie has no environ: not listed
        [ "${p#/proc/}" = "$BASHPID" ] && continue
        if grep -qa '^slurmstepd:' "$p/cmdline"; then grep -zqxF "SLURM_CONF=$d/slurm.conf" "$p/environ"
        else grep -zqxE "(LAB_OWNER|SLURM_CLUSTER_NAME)=$name" "$p/environ"; fi 2>/dev/null && echo "${p#/proc/}"
    done
}

stop() {
    local d p f i pids; d=$(readlink -f "$1") || return 0
    for f in "$d"/slurmctld.pid "$d"/slurmd-*.pid "$d"/munged.pid; do   # only if the pid is still that daemon
        p=$(cat "$f" 2>/dev/null) || continue
        grep -qaF "$d/" "/proc/$p/cmdline" 2>/dev/null && kill -KILL "$p" 2>/dev/null
    done
    for i in $(seq 50); do
        pids=$(_ours "$d"); [ -z "$pids" ] && break
        kill -KILL $pids 2>/dev/null; sleep 0.05
    done
    rm -f "$d"/*.pid "$d"/munge.sock*
    [ -z "$pids" ] || { echo "left: $pids" >&2; return 1; }
}

start_slurmd() {  # DIR NODE: also brings a killed one back
    (cd "$1" && env -u SLURM_CONF LAB_OWNER="$(cat "$1/name")" slurmd -f "$1/slurm.conf" -N "$2")
}

start() {
    local d n cpus end pc ports i nodes
    n=${LAB_NODES:-2}; cpus=${LAB_CPUS:-8}
    mkdir -p "$1" && d=$(readlink -f "$1") || return 1
    rm -rf "$d"/{state,spool-*,name,munge.*,*.log,*.pid,slurm.conf}
    chmod 755 "$d"; mkdir -p "$d/state"
    read -ra ports <<<"$LAB_PORTS"; pc=${ports[0]}     # one for the controller, one for each node
    echo "lab$pc" >"$d/name"
    head -c 128 /dev/urandom >"$d/munge.key"; chmod 600 "$d/munge.key"
    nodes=$(for i in $(seq "$n"); do
        mkdir -p "$d/spool-n$i"
        echo "NodeName=n$i NodeHostname=$(hostname) NodeAddr=127.0.0.1 Port=${ports[$i]} CPUs=$cpus RealMemory=8000 State=UNKNOWN"
    done)
    cat >"$d/slurm.conf" <<CONF
ClusterName=lab$pc
SlurmctldHost=$(hostname)(127.0.0.1)
SlurmctldPort=$pc
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$d/munge.sock,cred_expire=${LAB_CRED:-5}
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$d/state
SlurmdSpoolDir=$d/spool-%n
SlurmctldPidFile=$d/slurmctld.pid
SlurmdPidFile=$d/slurmd-%n.pid
SlurmctldLogFile=$d/slurmctld.log
SlurmdLogFile=$d/slurmd-%n.log
SlurmctldDebug=verbose
SlurmdDebug=verbose
PlugStackConfig=/dev/null
MpiDefault=none
ProctrackType=proctrack/${LAB_PROCTRACK:-linuxproc}
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0,bf_interval=1
PriorityType=priority/basic
ReturnToService=2
KillWait=5
InactiveLimit=0
MinJobAge=300
JobRequeue=1
SlurmctldTimeout=10
SlurmdTimeout=${LAB_SLURMD_TIMEOUT:-10}
MessageTimeout=5
TCPTimeout=2
CompleteWait=0
DefMemPerCPU=100
${LAB_CONF:-}
$nodes
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
    export SLURM_CONF="$d/slurm.conf"
    (cd "$d" && LAB_OWNER=lab$pc munged --force --key-file="$d/munge.key" --socket="$d/munge.sock" \
        --pid-file="$d/munged.pid" --log-file="$d/munged.log" --seed-file="$d/munge.seed" --num-threads=2) >"$d/start.log" 2>&1 &&
    (cd "$d" && LAB_OWNER=lab$pc slurmctld -c -f "$d/slurm.conf") >>"$d/start.log" 2>&1
    for i in $(seq "$n"); do start_slurmd "$d" "n$i" >>"$d/start.log" 2>&1; done
    end=$((SECONDS + 30))
    while [ $SECONDS -lt $end ]; do
        [ "$(timeout 5 sinfo -h -N -t idle -o %N 2>"$d/sinfo.log" | wc -l)" = "$n" ] && return 0
        [ -s "$d/slurmctld.pid" ] && kill -0 "$(cat "$d/slurmctld.pid")" 2>/dev/null || [ $SECONDS -lt $((end - 25)) ] || break
        sleep 0.1
    done
    echo "slurm did not start in $d:" >&2
    tail -n 15 "$d"/start.log "$d"/sinfo.log "$d"/munged.log "$d"/slurmctld.log "$d"/slurmd-*.log >&2
    return 1
}

[ "${BASH_SOURCE[0]}" = "$0" ] && { "$@"; exit; }
