import { IndexDocuments } from '#contracts';
import { DeliveryContext, OnMessage } from '#broker';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { DocumentWriter } from './document-writer.js';
import { keptHeaders } from './kept-headers.js';

/** Takes documents from the queue. A message is acknowledged once every document of it is safe. */
@Controller()
export class DocumentsController {
  constructor(private readonly writer: DocumentWriter) {}

  @OnMessage('document.index')
  async onDocuments(
    @Payload() { documents }: IndexDocuments,
    @Ctx() { message, attempt, signal }: DeliveryContext,
  ): Promise<void> {
    const { messageId } = message;
    const headers = keptHeaders(message);
    await this.writer.accept({ messageId, attempt, headers, documents }, signal);
  }
}
