/* SPDX-License-Identifier: MIT */
/* What lies where in the VM's memory, and how it talks to user space. Read by the compiler and by the assembler. */
#ifndef LAYOUT_H
#define LAYOUT_H

#define MSR_KVM_ECS 0x4b564d09

#define PAGE 0x1000

/* Less than 64 KiB: all of it can be reached in real mode without segments. */
#define MEMORY_SIZE 0x10000
#define COMMAND 0x0500
#define CODE 0x1000
/* Grows down. */
#define STACK 0x7000
/* Pages of their own, so that they can be taken away from a VM that runs. */
#define AREA 0x8000
#define COUNT 0x9000

/* Offsets in struct command. */
#define COMMAND_OP 0
#define COMMAND_LOW 4
#define COMMAND_HIGH 8
#define COMMAND_FAULT 12

#define OP_WRITE_MSR 0
#define OP_READ_MSR 1
#define OP_SPIN 2
#define OP_EXIT 3
#define OP_TOGGLE 4

/* Ports the VM writes to. What is written means nothing. */
#define PORT_READY 0x10
#define PORT_EXIT 0x11

#endif
