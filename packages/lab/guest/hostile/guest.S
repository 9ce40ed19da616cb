/* SPDX-License-Identifier: MIT */
/*
 * All that runs in the VM: it asks user space for a command, and does it. In real mode, at CODE, with interrupts off.
 * Nothing here is at the address it was linked for, so addresses of labels are taken relative to the first one.
 */
#include "layout.h"

#define AT(label) (label - guest + CODE)
/* Vector 13. An entry is the offset and the segment. */
#define VECTOR_GP (13 * 4)

	.section .rodata
	.globl guest
	.globl guest_end
	.code16

guest:
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %ss
	movw	$STACK, %sp
	movw	$AT(general_protection), VECTOR_GP
	movw	%ax, VECTOR_GP + 2

next:
	outb	%al, $PORT_READY
	movl	$0, COMMAND + COMMAND_FAULT
	movl	$MSR_KVM_ECS, %ecx
	movl	COMMAND + COMMAND_LOW, %eax
	movl	COMMAND + COMMAND_HIGH, %edx
	movw	COMMAND + COMMAND_OP, %bx
	addw	%bx, %bx
	jmp	*AT(ops)(%bx)

ops:
	.word	AT(write_msr)
	.word	AT(read_msr)
	.word	AT(spin)
	.word	AT(exit_always)
	.word	AT(toggle)

write_msr:
	wrmsr
	jmp	next

read_msr:
	rdmsr
	movl	%eax, COMMAND + COMMAND_LOW
	movl	%edx, COMMAND + COMMAND_HIGH
	jmp	next

/* In virtual time a nop takes as long as any instruction, and the emulator no time at all. */
spin:
	.rept	400
	nop
	.endr
	jmp	spin

exit_always:
	outb	%al, $PORT_EXIT
	jmp	exit_always

/* Bit 0 disables and enables. */
toggle:
	andl	$~1, %eax
	wrmsr
	orl	$1, %eax
	wrmsr
	jmp	toggle

/* In real mode there is no error code, and wrmsr and rdmsr are two bytes long: the command goes on behind them. */
general_protection:
	movl	$1, COMMAND + COMMAND_FAULT
	movw	%sp, %bp
	addw	$2, (%bp)
	iretw

guest_end:

	.section .note.GNU-stack, "", @progbits
